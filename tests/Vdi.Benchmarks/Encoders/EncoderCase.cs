using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Jpeg;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Encoders;

/// <summary>One step of encoding, done for a whole screen at each run.</summary>
internal sealed class EncoderCase(string name, Action run, IDisposable? held = null) : IDisposable
{
    private const int Tile = 64;
    private const int JpegSide = 256;
    private const int JpegQuality = 85;
    private const int VideoRate = 16_000_000;
    private static readonly Rectangle Whole = new(0, 0, EncoderBenchmark.Width, EncoderBenchmark.Height);

    public string Name { get; } = name;

    public void Run() => run();

    public void Dispose() => held?.Dispose();

    /// <param name="old">What was on the screen.</param>
    /// <param name="current">What is.</param>
    /// <param name="content">Of what, for the names.</param>
    public static IEnumerable<EncoderCase> All(Picture old, Picture current, string content)
    {
        yield return new($"differ.{content}", () => Differ.Find(old, current, Whole));
        var same = new Picture(old.Width, old.Height);
        old.CopyTo(same, old.Bounds);
        yield return new($"differ.same.{content}", () => Differ.Find(old, same, Whole));
        yield return Moves(old, current, content);
        yield return Palettes(current, content);
        yield return Predictions(current, content);
        yield return Jpegs(current, content);
        var yuv = new YuvPicture(Whole.Width, Whole.Height);
        yield return new($"yuv.{content}", () => yuv.Take(current, Whole));
        yield return Video(old, current, content);
        yield return Frame(current, content, "exact", () => PhotoPolicy.Exact);
        yield return Frame(current, content, "near", () => new PhotoPolicy(new ChangeMap(Whole.Width, Whole.Height), 1000, 0));
    }

    /// <summary>A frame that changes everything: noted, asked for, and made exact again.</summary>
    public static EncoderCase Map()
    {
        var (map, tiles, now) = (new ChangeMap(Whole.Width, Whole.Height), Tiles(Tile), 0L);
        return new("changemap", () =>
        {
            now += 33;
            map.Changed(Whole, now);
            tiles.ForEach(tile => map.IsMoving(tile, now));
            tiles.ForEach(map.SetNear);
            map.Still(now, int.MaxValue).ForEach(map.SetExact);
        });
    }

    private static EncoderCase Moves(Picture old, Picture current, string content)
    {
        var changed = Differ.FindBlocks(old, current, Whole);
        return new($"moves.{content}", () => MoveFinder.Find(old, current, changed));
    }

    /// <summary>Tiles that have too many colours end with that.</summary>
    private static EncoderCase Palettes(Picture picture, string content)
    {
        var (palette, bytes, tiles) = (new Palette(), new byte[(3 * Palette.Most) + (2 * Tile * Tile)], Tiles(Tile));
        return new($"palette.{content}", () =>
        {
            foreach (var tile in tiles)
            {
                if (palette.Collect(picture, tile))
                {
                    palette.Write(picture, tile, bytes);
                }
            }
        });
    }

    private static EncoderCase Predictions(Picture picture, string content)
    {
        var (bytes, tiles) = (new byte[3 * Tile * Tile], Tiles(Tile));
        return new($"prediction.{content}", () => tiles.ForEach(tile => Prediction.Write(picture, tile, bytes)));
    }

    private static EncoderCase Jpegs(Picture picture, string content)
    {
        var (encoder, tiles) = (JpegEncoders.Create(), Tiles(JpegSide));
        return new($"jpeg.{content}", () => tiles.ForEach(tile => encoder.Encode(picture, tile, JpegQuality)), encoder);
    }

    /// <summary>Back and forth between two pictures.</summary>
    private static EncoderCase Video(Picture old, Picture current, string content)
    {
        var (encoder, frame) = (new VideoEncoder(Whole.Width, Whole.Height, VideoRate, VideoCodec.Quantiser(Quality.Automatic)), 0);
        return new($"video.{content}", () => encoder.Encode(frame++ % 2 == 0 ? old : current, Whole, key: false, frame * 33), encoder);
    }

    private static EncoderCase Frame(Picture picture, string content, string how, Func<PhotoPolicy> policy)
    {
        var (encoder, areas) = (new FrameEncoder(), Bands());
        return new($"frame.{how}.{content}", () => FrameEncoder.Messages(encoder.Encode(picture, [], areas, policy()).Parts, 1, FrameFlags.Complete), encoder);
    }

    /// <summary>As a complete frame is cut.</summary>
    private static List<Rectangle> Bands() => [.. Enumerable.Range(0, (Whole.Height + Tile - 1) / Tile).Select(row => (Whole with { Y = row * Tile, Height = Tile }).Intersect(Whole))];

    private static List<Rectangle> Tiles(int side) =>
    [
        .. from y in Enumerable.Range(0, (Whole.Height + side - 1) / side)
           from x in Enumerable.Range(0, (Whole.Width + side - 1) / side)
           select new Rectangle(x * side, y * side, side, side).Intersect(Whole),
    ];
}
