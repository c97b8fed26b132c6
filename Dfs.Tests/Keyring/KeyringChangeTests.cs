using Dfs.Core.Crypto;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Keyring;

/// <summary>Changing a keyring in its place: what a crash leaves, what a copy keeps, who may not.</summary>
public sealed class KeyringChangeTests : IDisposable
{
    private const string Path = "/home/keyring";
    private const string OldWord = "old", NewWord = "new";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Exhaustive over the calls of the disk: each is made to fail, and after each the power goes, eight ways.
    [Fact]
    public void After_a_crash_at_any_step_the_old_keyring_or_the_new_one_is_there_whole()
    {
        var (before, after) = (TestBytes.Random(1, 700), TestBytes.Random(2, 740));
        var steps = 0;
        for (var step = 0; ; step++)
        {
            for (var seed = 0; seed < 8; seed++)
            {
                var disk = DiskWith(before);
                var calls = 0;
                disk.Faults = (_, _) => calls++ == step ? DiskFault.Io : null;
                var isDone = TryReplace(disk, after);
                disk.Faults = (_, _) => null;
                disk.Crash(new Random(seed));

                var found = ContentOf(disk);
                Assert.True(found.SequenceEqual(after) || (!isDone && found.SequenceEqual(before)), $"step {step}, seed {seed}");
                steps = calls;

                // And what the crash left does not stop the next change.
                Assert.True(TryReplace(disk, before));
                Assert.Equal(before, ContentOf(disk));
            }

            if (steps <= step)
            {
                Assert.True(step >= 5, $"a change has steps to fail at ({step})");
                return;
            }
        }
    }

    [Fact]
    public void A_changed_passphrase_opens_the_same_keys_and_the_one_before_does_not()
    {
        var path = System.IO.Path.Combine(_folder.Path, "keyring");
        using var keys = OwnerKeys.Create(TestBytes.FreshSource(1));
        using var protection = Protection(OldWord);
        Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(path, keys, protection));

        using var next = Protection(NewWord);
        Assert.IsType<KeyringOutcome.WrongPassphrase>(KeyringFile.Rewrap(path, NewWord, next));
        Assert.IsType<KeyringOutcome.Replaced>(KeyringFile.Rewrap(path, OldWord, next));

        Assert.IsType<KeyringOutcome.WrongPassphrase>(KeyringFile.Open(path, OldWord));
        var opened = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(path, NewWord));
        Assert.True(opened.Keys.Root.HasSameBytes(keys.Root));
        // What the passphrase came to opens it again, without the passphrase; that of the one before does not.
        Assert.IsType<KeyringOutcome.Opened>(KeyringFile.OpenAgain(path, opened.Protection));
        Assert.IsType<KeyringOutcome.WrongPassphrase>(KeyringFile.OpenAgain(path, protection));

        Assert.IsType<KeyringOutcome.Replaced>(KeyringFile.Rewrap(path, NewWord, null));
        Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(path, default));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(path));
        Assert.False(File.Exists(path + ".new"));
    }

    [Fact]
    public void Who_changes_a_keyring_that_another_changes_is_told_so()
    {
        var path = System.IO.Path.Combine(_folder.Path, "keyring");
        using var keys = OwnerKeys.Create(TestBytes.FreshSource(1));
        KeyringFile.Create(path, keys, null);
        using (HostDisk.Instance.TryLock(path + ".lock"))
        {
            Assert.IsType<KeyringOutcome.Busy>(KeyringFile.Rewrap(path, default, null));
        }

        Assert.IsType<KeyringOutcome.Replaced>(KeyringFile.Rewrap(path, default, null));
        Assert.IsType<KeyringOutcome.Missing>(KeyringFile.Rewrap(path + "2", default, null));
    }

    [Fact]
    public void A_link_to_a_keyring_stays_a_link()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (path, link) = (System.IO.Path.Combine(_folder.Path, "keyring"), System.IO.Path.Combine(_folder.Path, "link"));
        using var keys = OwnerKeys.Create(TestBytes.FreshSource(1));
        KeyringFile.Create(path, keys, null);
        var before = File.ReadAllBytes(path);
        File.CreateSymbolicLink(link, path);
        using var protection = Protection(NewWord);

        Assert.IsType<KeyringOutcome.Replaced>(KeyringFile.Rewrap(link, default, protection));

        Assert.Equal(path, new FileInfo(link).LinkTarget);
        Assert.NotEqual(before, File.ReadAllBytes(path));
    }

    private static PassphraseKey Protection(string word) => new(word, TestBytes.From(0xA0), PassphraseCost.RoundsMin);

    private static SimDisk DiskWith(byte[] content)
    {
        var disk = new SimDisk();
        disk.CreateFolder("/home");
        using (var file = disk.Create(Path))
        {
            file.Write(0, content, default);
            file.Sync();
        }

        disk.SyncFolders(["/", "/home"]);
        return disk;
    }

    private static bool TryReplace(SimDisk disk, byte[] bytes)
    {
        try
        {
            WholeFile.Replace(disk, Path, bytes, isPrivate: true);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private static byte[] ContentOf(SimDisk disk)
    {
        using var file = disk.Open(Path, writable: false);
        Assert.NotNull(file);
        var bytes = new byte[file.SizeBytes];
        file.Read(0, bytes);
        return bytes;
    }
}
