using System.IO.Hashing;

namespace Vdi.Emulator.Templates;

/// <summary>Watches pictures of a screen until one is painted (more than one colour) and has stayed the same for a while.</summary>
internal sealed class Stillness(TimeSpan period, TimeProvider time)
{
    private ulong _last;
    private DateTimeOffset _since;

    /// <summary>True once the newest pictures, including this one, were the same for the whole period.</summary>
    public bool Observe(ReadOnlySpan<byte> picture)
    {
        var now = time.GetUtcNow();
        var hash = XxHash3.HashToUInt64(picture);
        if (hash != _last || !IsPainted(picture))
        {
            (_last, _since) = (hash, now);
            return false;
        }

        return now - _since >= period;
    }

    private static bool IsPainted(ReadOnlySpan<byte> picture)
    {
        // A PPM's header is short; the last pixel stands for the background.
        var pixels = picture.Length > 64 ? picture[64..] : picture;
        pixels = pixels[(pixels.Length % 3)..];
        return pixels.Length > 3 && pixels[..^3].IndexOfAnyExcept(pixels[^3..]) >= 0 && !pixels[3..].SequenceEqual(pixels[..^3]);
    }
}
