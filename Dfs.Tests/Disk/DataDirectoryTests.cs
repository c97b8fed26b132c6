using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Disk;

public sealed class DataDirectoryTests
{
    private const string At = "/data";
    private static readonly ReplicaId Drawn = new(new Bytes16(0x0011223344556677, 0x8899aabbccddeeff));
    private readonly SimDisk _disk = new();

    [Fact]
    public void A_new_directory_gets_an_id_and_keeps_it_while_the_counter_rises()
    {
        using (var first = Open())
        {
            Assert.Equal(new DataIdentity(Drawn, 1), first.Identity);
        }

        using var second = Open();

        Assert.Equal(new DataIdentity(Drawn, 2), second.Identity);
    }

    [Fact]
    public void The_second_process_is_refused_and_told_who_has_it()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "data");
        using var first = Opened(DataDirectory.Open(HostDisk.Instance, path, "4711 dfs node a", () => Drawn));

        var outcome = DataDirectory.Open(HostDisk.Instance, path, "4712 dfs node b", () => Drawn);

        var refused = Assert.IsType<DataDirectoryOutcome.InUse>(outcome);
        Assert.Equal("4711 dfs node a", refused.Holder);
        Assert.Contains("4711 dfs node a", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void On_the_host_a_released_directory_opens_again()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "data");
        Opened(DataDirectory.Open(HostDisk.Instance, path, "1", () => Drawn)).Dispose();

        using var again = Opened(DataDirectory.Open(HostDisk.Instance, path, "2", () => Drawn));

        Assert.Equal(2UL, again.Identity.StartCounter);
    }

    [Fact]
    public void A_directory_that_was_moved_or_taken_over_by_another_start_is_not_in_place()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "data");
        using var opened = Opened(DataDirectory.Open(HostDisk.Instance, path, "1", () => Drawn));
        Assert.True(opened.IsInPlace());

        Directory.Move(path, $"{path}-moved");
        Assert.False(opened.IsInPlace());

        using (Opened(DataDirectory.Open(HostDisk.Instance, path, "2", () => new ReplicaId(new Bytes16(1, 2)))))
        {
            Assert.False(opened.IsInPlace());
        }

        Directory.Delete(path, recursive: true);
        Directory.Move($"{path}-moved", path);
        Assert.True(opened.IsInPlace());
    }

    [Fact]
    public void A_directory_that_cannot_be_read_for_a_moment_is_not_gone()
    {
        using var opened = Open();

        _disk.Faults = (_, _) => DiskFault.Io;

        Assert.True(opened.IsInPlace());
    }

    [Fact]
    public void A_disk_that_was_just_formatted_is_as_good_as_an_empty_folder()
    {
        _disk.CreateFolder(At);
        _disk.CreateFolder($"{At}/lost+found");

        Open().Dispose();

        Assert.Contains($"{At}/identity", _disk.FilesBelow(At));
    }

    [Fact]
    public void Content_without_an_identity_is_refused_and_left_alone()
    {
        Open().Dispose();
        _disk.CreateFolder($"{At}/chunks");
        _disk.Delete($"{At}/identity");

        var outcome = DataDirectory.Open(_disk, At, "1 test", () => Drawn);

        Assert.Equal("chunks", Assert.IsType<DataDirectoryOutcome.NotADataDirectory>(outcome).Found);
        Assert.DoesNotContain($"{At}/identity", _disk.FilesBelow(At));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(239)]
    [InlineData(271)]
    public void A_damaged_identity_is_never_served_and_releases_the_lock(int bit)
    {
        Open().Dispose();
        _disk.Rot($"{At}/identity", bit);

        Assert.IsType<DataDirectoryOutcome.Damaged>(DataDirectory.Open(_disk, At, "1 test", () => Drawn));
        Assert.IsType<DataDirectoryOutcome.Damaged>(DataDirectory.Open(_disk, At, "2 test", () => Drawn));
    }

    [Fact]
    public void Another_format_is_named()
    {
        Open().Dispose();
        _disk.Rot($"{At}/identity", 5 * 8 + 1);

        var outcome = DataDirectory.Open(_disk, At, "1 test", () => Drawn);

        Assert.Equal(3, Assert.IsType<DataDirectoryOutcome.OtherVersion>(outcome).Version);
    }

    [Theory]
    [InlineData("mkdir")]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    public void A_failing_disk_is_an_outcome(string call)
    {
        _disk.Faults = (name, _) => name == call ? DiskFault.Io : null;

        Assert.IsType<DataDirectoryOutcome.Failed>(DataDirectory.Open(_disk, At, "1 test", () => Drawn));
    }

    // Property: the power may go at any call of any start; the counter never answers the same number twice, the id stays.
    [Theory, Seeds(100)]
    public void No_start_counter_is_ever_answered_twice(int seed)
    {
        var random = new Random(seed);
        ulong seen = 0;
        ReplicaId? known = null;
        for (var start = 0; start < 20; start++)
        {
            var callsLeft = random.Next(20);
            _disk.Faults = (_, _) => callsLeft-- <= 0 ? DiskFault.Io : null;
            var outcome = DataDirectory.Open(_disk, At, "1 test", () => new(new Bytes16(1, (ulong)start)));
            _disk.Faults = (_, _) => null;
            if (outcome is DataDirectoryOutcome.Opened opened)
            {
                var identity = opened.Directory.Identity;
                Assert.True(identity.StartCounter > seen);
                Assert.Equal(known ?? identity.Replica, identity.Replica);
                (seen, known) = (identity.StartCounter, identity.Replica);
            }
            else
            {
                Assert.IsType<DataDirectoryOutcome.Failed>(outcome);
            }

            (outcome as DataDirectoryOutcome.Opened)?.Directory.Dispose();
            if (random.Next(2) == 0)
            {
                _disk.Crash(random);
            }
        }
    }

    // Property: the power may go at any call; a directory counts as unserved exactly until it said durably that it serves.
    [Theory, Seeds(100)]
    public void A_directory_is_known_to_have_never_served_until_it_has_begun_to(int seed)
    {
        var random = new Random(seed);
        var (mayHaveBegun, hasBegun) = (false, false);
        for (var start = 0; start < 10; start++)
        {
            var callsLeft = random.Next(25);
            _disk.Faults = (_, _) => callsLeft-- <= 0 ? DiskFault.Io : null;
            if (DataDirectory.Open(_disk, At, "1 test", () => Drawn) is DataDirectoryOutcome.Opened opened)
            {
                Assert.True(mayHaveBegun || opened.IsUnserved, "nobody has begun");
                Assert.False(hasBegun && opened.IsUnserved, "it has served");
                if (random.Next(3) == 0)
                {
                    mayHaveBegun = true;
                    hasBegun |= Begins(opened.Directory);
                }

                opened.Directory.Dispose();
            }

            _disk.Faults = (_, _) => null;
            if (random.Next(2) == 0)
            {
                _disk.Crash(random);
            }
        }
    }

    [Fact]
    public void The_bytes_of_an_identity_stay_what_they_are()
    {
        var bytes = new DataIdentity(Drawn, 7).Encode();

        Assert.Equal("44465349000100112233445566778899aabbccddeeff0000000000000007", Convert.ToHexStringLower(bytes)[..60]);
        Assert.Equal(new DataIdentity(Drawn, 7), DataIdentity.Decode(bytes).Identity);
        Assert.Equal((null, null), DataIdentity.Decode(bytes.AsSpan(0, 33)));
        Assert.Equal((null, null), DataIdentity.Decode([.. bytes, 0]));
    }

    private static bool Begins(DataDirectory directory)
    {
        try
        {
            directory.BeginServing();
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private DataDirectory Open() => Opened(DataDirectory.Open(_disk, At, "1 test", () => Drawn));

    private static DataDirectory Opened(DataDirectoryOutcome outcome) =>
        Assert.IsType<DataDirectoryOutcome.Opened>(outcome).Directory;
}
