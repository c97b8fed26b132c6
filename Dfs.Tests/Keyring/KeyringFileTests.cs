using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Keyring;

public sealed class KeyringFileTests : IDisposable
{
    private const string Word = "correct horse battery staple";

    // Made once: a passphrase costs a fifth of a second, on purpose.
    private static readonly OwnerKeys Keys = new(
        new RootKey(TestBytes.From(0x20)),
        ImmutableSortedDictionary<KeyEpoch, EpochSecret>.Empty.Add(KeyEpoch.First, new EpochSecret(TestBytes.From(0x21))));

    private static readonly byte[] Wrapped =
        KeyringCodec.Encode(Keys, new PassphraseKey(Word, TestBytes.From(0xA0), PassphraseCost.RoundsMin), CountingFresh(0xA1));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Both made by a second implementation (Python); docs/formats/keyring.md shows them.
    [Fact]
    public void Files_are_written_as_in_format_1()
    {
        var plain = KeyringCodec.Encode(Keys, null, CountingFresh(0));

        Assert.Equal("a69416e1938bd5c38b4b08f1138cfee1c5715ec3e3bea305ed0a90df80b4c6ec", Hash(plain));
        Assert.Equal("a7526408e7030aa1ed560d204acc4ba9b732e0cbbb8cdeaa8c9348b84d162afc", Hash(Wrapped));
        Assert.Equal(Keys.Id, Assert.IsType<KeyringOutcome.Opened>(KeyringCodec.Decode("x", plain, default)).Keys.Id);
    }

    [Fact]
    public void What_was_created_opens_with_the_same_keys()
    {
        var path = PathOf("deep/er/keyring");

        Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(path, Keys, null));

        using var opened = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(path, default)).Keys;
        Assert.True(opened.Root.HasSameBytes(Keys.Root));
        Assert.Equal(Keys.PublicKey, opened.PublicKey);
        Assert.True(opened.Epochs[KeyEpoch.First].HasSameBytes(Keys.Epochs[KeyEpoch.First]));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_passphrase_opens_and_a_wrong_one_or_none_is_told_from_damage()
    {
        var path = PathOf("keyring");
        Write(path, Wrapped);

        Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(path, Word));
        Assert.IsType<KeyringOutcome.WrongPassphrase>(KeyringFile.Open(path, Word + " "));
        Assert.IsType<KeyringOutcome.PassphraseNeeded>(KeyringFile.Open(path, default));
        Write(path, [.. Wrapped[..50], (byte)(Wrapped[50] ^ 1), .. Wrapped[51..]]);
        Assert.IsType<KeyringOutcome.Damaged>(KeyringFile.Open(path, Word));
    }

    [Fact]
    public void Every_damaged_byte_and_every_length_is_damage()
    {
        foreach (var file in new[] { Wrapped, KeyringCodec.Encode(Keys, null, CountingFresh(0)) })
        {
            for (var i = 0; i < file.Length; i++)
            {
                var damaged = file.ToArray();
                damaged[i] ^= 0x08;
                Assert.IsType<KeyringOutcome.Damaged>(KeyringCodec.Decode("x", damaged, Word));
                Assert.IsType<KeyringOutcome.Damaged>(KeyringCodec.Decode("x", file.AsSpan(0, i), Word));
            }
        }
    }

    // The checksum keeps accidents out; who can compute it again must be stopped by the rest.
    [Theory, Seeds(200)]
    public void What_an_attacker_wrote_is_refused_without_work_or_memory_by_his_numbers(int seed)
    {
        var random = new Random(seed);
        var source = KeyringCodec.Encode(Keys, null, CountingFresh(0))[..^32];
        var body = Mutation.Of(source, random);
        byte[] file = [.. body, .. SHA256.HashData(body)];

        var outcome = KeyringCodec.Decode("x", file, default);

        // An open file has no secret to authenticate it by, except its keys themselves.
        if (outcome is KeyringOutcome.Opened opened)
        {
            Assert.Equal(Keys.PublicKey, opened.Keys.PublicKey);
        }
        else
        {
            Assert.True(outcome is KeyringOutcome.Damaged or KeyringOutcome.PassphraseNeeded, outcome.ToString());
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(599_999u)]
    [InlineData(20_000_001u)]
    [InlineData(uint.MaxValue)]
    public void Rounds_out_of_bounds_are_refused_before_they_are_done(uint rounds)
    {
        var body = Wrapped[..^32];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(70), rounds);

        var outcome = KeyringCodec.Decode("x", [.. body, .. SHA256.HashData(body)], Word);

        Assert.Contains("rounds", Assert.IsType<KeyringOutcome.Damaged>(outcome).Reason, StringComparison.Ordinal);
    }

    // The header is authenticated: another number of rounds, in bounds, is another key and another MAC.
    [Fact]
    public void A_changed_header_does_not_open()
    {
        var body = Wrapped[..^32];
        body[6] ^= 1;

        Assert.IsType<KeyringOutcome.WrongPassphrase>(KeyringCodec.Decode("x", [.. body, .. SHA256.HashData(body)], Word));
    }

    [Fact]
    public void Creating_never_overwrites()
    {
        var path = PathOf("keyring");
        Write(path, [1, 2, 3]);

        Assert.IsType<KeyringOutcome.AlreadyThere>(KeyringFile.Create(path, Keys, null));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_keyring_is_for_its_owner_only_from_its_creation_on()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var path = PathOf("keyring");
        KeyringFile.Create(path, Keys, null);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var refused = Assert.IsType<KeyringOutcome.TooOpen>(KeyringFile.Open(path, default));
        Assert.Contains("640", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"chmod 600 '{path}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_absent_or_no_file_is_an_outcome()
    {
        Write(PathOf("file"), [1]);

        Assert.IsType<KeyringOutcome.Missing>(KeyringFile.Open(PathOf("nothing"), default));
        Assert.IsType<KeyringOutcome.Missing>(KeyringFile.Open(PathOf("no/such/folder"), default));
        Assert.IsType<KeyringOutcome.Failed>(KeyringFile.Open(_folder.Path, default));
        Assert.IsType<KeyringOutcome.Failed>(KeyringFile.Create(PathOf("file/below"), Keys, null));
        Write(PathOf("huge"), new byte[KeyringCodec.FileBytesMax + 1]);
        Assert.IsType<KeyringOutcome.Damaged>(KeyringFile.Open(PathOf("huge"), default));
    }

    [Fact]
    public void Rounds_are_calibrated_within_their_bounds()
    {
        Assert.InRange(PassphraseCost.Calibrate(TimeProvider.System), PassphraseCost.RoundsMin, PassphraseCost.RoundsMax);
    }

    [Fact]
    public void Fresh_bytes_and_passphrases_do_not_repeat()
    {
        var drawn = Enumerable.Range(0, 100).Select(_ =>
        {
            var bytes = new byte[32];
            FreshRandom.Draw().Take(bytes);
            return Convert.ToHexString(bytes);
        });

        Assert.Equal(100, drawn.Distinct().Count());
        Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => FreshRandom.Passphrase()).Distinct().Count());
        Assert.Matches("^([a-z2-9]{4} ){5}[a-z2-9]{4}$", FreshRandom.Passphrase());
    }

    [Fact]
    public void An_outcome_prints_no_key()
    {
        var outcome = KeyringCodec.Decode("x", KeyringCodec.Encode(Keys, null, CountingFresh(0)), default);

        Assert.DoesNotContain("2021", outcome.ToString().Replace(Keys.PublicKey.ToString(), "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("secret", outcome.ToString(), StringComparison.Ordinal);
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private static void Write(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static FreshSource CountingFresh(byte first)
    {
        var next = first;
        return () => new FreshBytes(TestBytes.From(next++));
    }
}
