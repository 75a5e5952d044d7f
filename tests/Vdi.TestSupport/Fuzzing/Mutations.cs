using System.Buffers.Binary;

namespace Vdi.TestSupport.Fuzzing;

/// <summary>What can go wrong with bytes on their way, or be done to them: the same in every run of one seed. Bytes that are given may be
/// changed in place.</summary>
public static class Mutations
{
    /// <summary>Numbers at the edges of what fields and limits can hold.</summary>
    private static readonly uint[] Giants = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 8192, 8193, 1 << 26, (1 << 27) - 5000];

    /// <summary>Any of the others.</summary>
    public static byte[] Some(byte[] bytes, Random random) => random.Next(3) switch
    {
        0 => FlippedBits(bytes, random),
        1 => GiantNumbers(bytes, random),
        _ => CutOrRepeated(bytes, random),
    };

    /// <summary>One to five bits are another.</summary>
    public static byte[] FlippedBits(byte[] bytes, Random random)
    {
        for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    /// <summary>One to three numbers of two or four bytes, in either order, are at the edge of something.</summary>
    /// <param name="from">Where numbers begin.</param>
    public static byte[] GiantNumbers(byte[] bytes, Random random, int from = 0)
    {
        for (var numbers = random.Next(1, 4); numbers > 0 && bytes.Length >= from + 4; numbers--)
        {
            var giant = Giants[random.Next(Giants.Length)];
            var at = bytes.AsSpan(random.Next(from, bytes.Length - 3));
            switch (random.Next(4))
            {
                case 0:
                    BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)giant);
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)giant);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt32BigEndian(at, giant);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(at, giant);
                    break;
            }
        }

        return bytes;
    }

    /// <summary>The end is missing, or a piece of the middle, or comes twice.</summary>
    public static byte[] CutOrRepeated(byte[] bytes, Random random)
    {
        var (one, other) = (random.Next(bytes.Length + 1), random.Next(bytes.Length + 1));
        return random.Next(3) switch
        {
            0 => bytes[..one],
            1 => [.. bytes[..Math.Min(one, other)], .. bytes[Math.Max(one, other)..]],
            _ => [.. bytes[..Math.Max(one, other)], .. bytes[Math.Min(one, other)..]],
        };
    }

    /// <summary>Up to three of: a bit, a character that means something in JSON, or the above.</summary>
    public static byte[] Lines(byte[] bytes, Random random)
    {
        for (var mutations = random.Next(0, 4); mutations > 0 && bytes.Length > 0; mutations--)
        {
            switch (random.Next(3))
            {
                case 0:
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[random.Next(bytes.Length)] = (byte)"{}[]\":,\n\\0e-\0\u00ff"[random.Next(14)];
                    break;
                default:
                    bytes = CutOrRepeated(bytes, random);
                    break;
            }
        }

        return bytes;
    }

    public static byte[] Noise(Random random, int most)
    {
        var noise = new byte[random.Next(most)];
        random.NextBytes(noise);
        return noise;
    }
}
