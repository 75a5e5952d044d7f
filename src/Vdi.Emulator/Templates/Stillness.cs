using System.IO.Hashing;

namespace Vdi.Emulator.Templates;

/// <summary>Watches pictures of a screen until one is painted (more than one colour) and has stayed the same for a while, but for a cursor that
/// blinks: two pictures in turn are as good as one.</summary>
internal sealed class Stillness(TimeSpan period, TimeProvider time)
{
    private (ulong One, ulong Other) _last;
    private DateTimeOffset _since;

    /// <summary>True once the newest pictures, including this one, were the same for the whole period.</summary>
    public bool Observe(ReadOnlySpan<byte> picture)
    {
        var now = time.GetUtcNow();
        var hash = XxHash3.HashToUInt64(picture);
        if (!IsPainted(picture))
        {
            (_last, _since) = ((hash, hash), now);
            return false;
        }

        if (hash != _last.One && hash != _last.Other)
        {
            // The picture that was there all the while may be one of the two; what came before it is not.
            (_last, _since) = ((_last.Other, hash), now);
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
