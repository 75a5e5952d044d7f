using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Apps;

/// <summary>The picture of an application, by what is in it.</summary>
public sealed class AppIcon
{
    /// <summary>Bytes that one may have.</summary>
    public const int Largest = 64 * 1024;
    private const int MostPixels = 512;
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>SHA-256 in lower-case hex.</summary>
    public required string Hash { get; set; }

    public required byte[] Png { get; set; }

    /// <summary>Where everybody finds it.</summary>
    internal static string? Address(string? hash) => hash is null ? null : $"/api/apps/icons/{hash}";

    /// <summary>Whether it is a picture that can be shown: a PNG of a sane size (PNG, 11.2.2). Images give them, and are not trusted.</summary>
    internal static bool IsSane(ReadOnlySpan<byte> png) => png.Length is > 33 and <= Largest && png.StartsWith(Signature)
        && BinaryPrimitives.ReadUInt32BigEndian(png[16..]) is >= 8 and <= MostPixels && BinaryPrimitives.ReadUInt32BigEndian(png[20..]) is >= 8 and <= MostPixels;

    /// <summary>Keeps a picture, and returns its name.</summary>
    internal static async Task<string> KeepAsync(byte[] png, VdiDb db, CancellationToken stop)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(png));
        if (await db.AppIcons.FindAsync([hash], stop) is null)
        {
            db.AppIcons.Add(new AppIcon { Hash = hash, Png = png });
        }

        return hash;
    }

    /// <summary>Those of the pools, by name.</summary>
    internal static Task<Dictionary<string, byte[]>> OfAsync(IEnumerable<PublishedApp?> apps, VdiDb db, CancellationToken stop)
    {
        var hashes = apps.Select(app => app?.Icon).OfType<string>().Distinct().ToList();
        return db.AppIcons.AsNoTracking().Where(icon => hashes.Contains(icon.Hash)).ToDictionaryAsync(icon => icon.Hash, icon => icon.Png, stop);
    }
}
