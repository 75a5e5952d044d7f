using Vdi.Display.Encoding;
using Vdi.Display.Framebuffer;
using ZstdSharp;

namespace Vdi.Display.Viewers;

/// <summary>A <see cref="SentPicture"/> put away while nobody takes anything: most screens take a twentieth of their pixels.</summary>
internal sealed class PackedPicture
{
    private readonly (int Width, int Height) _size;
    private readonly byte[] _pixels;
    private readonly ChangeMap _map;

    public PackedPicture(Picture shown, ChangeMap map)
    {
        using var compressor = new Compressor(1);
        (_size, _map, _pixels) = ((shown.Width, shown.Height), map, compressor.Wrap(shown.Pixels).ToArray());
    }

    /// <summary>Bytes that it takes.</summary>
    public int Length => _pixels.Length;

    public SentPicture Unpack()
    {
        var shown = new Picture(_size.Width, _size.Height);
        using var decompressor = new Decompressor();
        decompressor.Unwrap(_pixels, shown.Pixels);
        return new SentPicture(shown, _map);
    }
}
