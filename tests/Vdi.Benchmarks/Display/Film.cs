using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display;

/// <summary>The film of the sequence 'video': where it is, and its true pictures. Each bears its number as bars that pages/studio.html draws:
/// 16 bits, least significant first, then their complement; white is 1.</summary>
internal sealed class Film : IDisplaySink
{
    private const int Bits = 16;
    private const int Cell = 8;
    private readonly List<byte[]> _pictures = [];
    private Picture? _picture;

    private Film()
    {
    }

    public static Rectangle Area { get; } = new(270, 275, 854, 480);

    /// <summary>Its pictures, by number: rows without gaps, 4 bytes a pixel.</summary>
    public IReadOnlyList<byte[]> Pictures => _pictures;

    public static async Task<Film> LoadAsync(string folder)
    {
        var film = new Film();
        await Sequence.All.Single(sequence => sequence.Name == "video").PlayAsync(folder, film, _ => Task.CompletedTask);
        return film;
    }

    /// <summary>The number that a picture of the whole screen shows; null where the bars contradict themselves, as in a picture that is
    /// half of one frame and half of another.</summary>
    public static int? NumberIn(Picture screen)
    {
        var (number, complement) = (0, 0);
        for (var bit = 0; bit < 2 * Bits; bit++)
        {
            var sum = 0;
            for (var y = 0; y < Cell / 2; y++)
            {
                // The middle of the cell: its edges may be blurred.
                foreach (var word in screen.Words(Area.X + Cell + (bit * Cell) + (Cell / 4), Area.Y + Cell + (Cell / 4) + y, Cell / 2))
                {
                    sum += (byte)(word >> 8);
                }
            }

            if (sum > 128 * Cell * Cell / 4)
            {
                (number, complement) = bit < Bits ? (number | (1 << bit), complement) : (number, complement | (1 << (bit - Bits)));
            }
        }

        return (number ^ complement) == 0xFFFF ? number : null;
    }

    /// <summary>The film's part of a picture of the whole screen.</summary>
    public static byte[] Cut(Picture screen)
    {
        var bytes = new byte[Area.Area * 4];
        for (var y = 0; y < Area.Height; y++)
        {
            screen.Row(Area.X, Area.Y + y, Area.Width).CopyTo(bytes.AsSpan(y * Area.Width * 4));
        }

        return bytes;
    }

    void IDisplaySink.Resize(int width, int height) => _picture = new Picture(width, height);

    void IDisplaySink.Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) => _picture!.Write(area, pixels, stride);

    void IDisplaySink.Flush()
    {
        if (NumberIn(_picture!) != _pictures.Count)
        {
            throw new InvalidOperationException($"Picture {_pictures.Count} of the film bears the number {NumberIn(_picture!)}: remove the sequence 'video', so that it is made again");
        }

        _pictures.Add(Cut(_picture!));
    }

    void IDisplaySink.SetCursor(Cursor cursor)
    {
        // Sequences have none.
    }
}
