using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>What signing and agreement keys have in common: the group of P-256 (SP 800-186, 3.2.1.3).</summary>
internal static class P256
{
    /// <summary>48 bytes: reduced modulo the group order, 128 bits more than it has, so that no bias is left.</summary>
    public const int SeedBytes = 48;

    private static readonly BigInteger GroupOrder = Number("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    private static readonly BigInteger Prime = Number("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    private static readonly BigInteger B = Number("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");

    /// <summary>Seed mod (n - 1) + 1: FIPS 186-5, A.2.1.</summary>
    /// <returns>32 bytes, for the caller to zero.</returns>
    public static byte[] ScalarOf(ReadOnlySpan<byte> seed)
    {
        Invariant.Holds(seed.Length == SeedBytes, $"a seed has {SeedBytes} bytes ({seed.Length})");
        var scalar = BigInteger.Remainder(new BigInteger(seed, isUnsigned: true, isBigEndian: true), GroupOrder - 1) + 1;
        var secret = new byte[Bytes32.SizeBytes];
        scalar.TryWriteBytes(secret.AsSpan(Bytes32.SizeBytes - scalar.GetByteCount(isUnsigned: true)), out _, true, true);
        return secret;
    }

    /// <summary>y² = x³ - 3x + b with both below p; the point at infinity has no such form, and the group has no small subgroup.</summary>
    public static bool IsOnCurve(Bytes32 x, Bytes32 y)
    {
        var (left, right) = (Number(x), Number(y));
        return left < Prime && right < Prime
            && (BigInteger.ModPow(right, 2, Prime) - (BigInteger.ModPow(left, 3, Prime) - (3 * left) + B)) % Prime == 0;
    }

    /// <summary>Of a secret scalar; the public point is computed.</summary>
    public static ECParameters Parameters(byte[] scalar) => new() { Curve = ECCurve.NamedCurves.nistP256, D = scalar };

    public static ECParameters Parameters(Bytes32 x, Bytes32 y) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() },
    };

    private static BigInteger Number(Bytes32 bytes) => new(bytes.ToArray(), isUnsigned: true, isBigEndian: true);

    private static BigInteger Number(string hex) => BigInteger.Parse($"0{hex}", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
