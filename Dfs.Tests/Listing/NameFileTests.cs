using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Listing;

/// <summary>The file of an index on a disk that loses what was not synced, at every step of writing it.</summary>
public sealed class NameFileTests
{
    private static readonly OwnerId Owner = new(new Bytes32(TestBytes.From(1))), Gone = new(new Bytes32(TestBytes.From(2)));

    [Theory, Seeds(40)]
    public void Whenever_the_power_goes_the_file_is_the_old_one_or_the_new_one_whole(int seed)
    {
        var random = new Random(seed);
        var disk = new SimDisk();
        disk.CreateFolder("/names");
        disk.SyncFolders(["/"]);
        var file = new NameFile(disk, "/names/owner");
        Write(file, 1);
        disk.SyncFolders(["/names"]);

        // Which of the next index's calls is the last: a process that is killed there, and then the power.
        var calls = random.Next(1, 12);
        disk.Faults = (_, _) => --calls < 0 ? DiskFault.Io : null;
        var isWritten = true;
        try
        {
            Write(file, 2);
        }
        catch (DiskException)
        {
            isWritten = false;
        }

        disk.Faults = (_, _) => null;
        if (random.Next(2) == 0)
        {
            disk.Crash(random);
        }

        var found = Read(new NameFile(disk, "/names/owner"));
        Assert.True(found == "2:3" || (found == "1:3" && !isWritten), $"{found} is whole, and the one that was written when it was");
        Write(new NameFile(disk, "/names/owner"), 3);
        Assert.Equal("3:3", Read(file));
    }

    [Fact]
    public void One_draft_at_a_time_and_one_that_is_not_committed_changes_nothing()
    {
        var disk = new SimDisk();
        disk.CreateFolder("/names");
        var file = new NameFile(disk, "/names/owner");
        Write(file, 1);

        using (var draft = file.Begin(default)!)
        {
            draft.Append(new byte[100], isLast: true);
            Assert.Null(file.Begin(default));
        }

        Assert.Equal("1:3", Read(file));
        Assert.Equal(["/names/owner"], disk.FilesBelow("/names"));
    }

    [Fact]
    public void An_owner_whose_keyring_is_not_there_any_more_has_no_file_after_the_next_start()
    {
        var disk = new SimDisk();
        var both = NameFolder.Open(disk, "/names", [Owner, Gone]);
        Write(both.Of(Owner), 1);
        Write(both.Of(Gone), 2);
        disk.Create("/names/left.new").Dispose();

        var one = NameFolder.Open(disk, "/names", [Owner]);

        Assert.Equal([$"/names/{Owner}"], disk.FilesBelow("/names"));
        Assert.Equal("1:3", Read(one.Of(Owner)));
    }

    private static void Write(NameFile file, byte number)
    {
        using var draft = file.Begin(new Bytes16(0, number))!;
        for (var piece = 0; piece < 3; piece++)
        {
            draft.Append(Enumerable.Repeat(number, 700 + piece).ToArray(), isLast: piece == 2);
        }

        draft.Commit();
    }

    /// <returns>Which index, and how many pieces of it are whole.</returns>
    private static string Read(NameFile file)
    {
        using var reader = file.Open();
        Assert.NotNull(reader);
        var count = 0;
        while (reader.Next() is (var piece, var isLast))
        {
            Assert.All(piece, value => Assert.Equal(reader.Id, new Bytes16(0, value)));
            Assert.Equal(++count == 3, isLast);
            if (isLast)
            {
                break;
            }
        }

        return $"{reader.Id.ToArray()[15]}:{count}";
    }
}
