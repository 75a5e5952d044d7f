using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Encoding;

/// <summary>Frozen bytes of what encoders make, and what becomes of the frozen bytes. Those of JPEGs and videos are their libraries' and not here.</summary>
public sealed class EncodingGoldenTests
{
    private static readonly Rectangle Whole = new(0, 0, 48, 40);

    /// <summary>What was on the screen, what is, and what that must be coded as.</summary>
    private static Dictionary<string, (Picture Old, Picture New, Func<FramePart, bool> Is)> Frames { get; } = new()
    {
        ["fills"] = (Black(), TestPictures.Of(48, 40, (x, y) => (x / 16, y / 16) switch { (0, 0) => 0xFF8000u, (2, 0) => 0x008040u, (1, 2) when x < 29 => 0x0040C0u, _ => 0u }), part => part is { Fills.Count: 3, Spans.Count: 0, Moves.Count: 0 }),
        ["palette"] = (Black(), TestPictures.Of(48, 40, TestPictures.Text), part => part is { Spans: [{ Coding: SpanCoding.Palette }], Fills.Count: 0 }),
        ["prediction-gradient"] = (Black(), TestPictures.Of(48, 40, (x, y) => (uint)(((5 * x) << 16) | ((6 * y) << 8) | (2 * (x + y)))), part => part.Spans is [{ Coding: SpanCoding.Predicted }]),
        ["prediction-noise"] = (TestPictures.Of(48, 40, TestPictures.Text), TestPictures.Of(48, 40, (x, y) => x < 24 && y < 20 ? TestPictures.Noise(x, y) : TestPictures.Text(x, y)), part => part.Spans is [{ Coding: SpanCoding.Predicted, Area: { Width: 24, Height: 20 } }]),
        ["move"] = (TestPictures.Of(128, 96, TestPictures.Noise), TestPictures.Of(128, 96, (x, y) => y < 90 ? TestPictures.Noise(x, y + 6) : 0xFFFFFFu), part => part is { Moves: [{ FromX: 0, FromY: 6 }], Fills.Count: 1, Spans.Count: 0 }),
    };

    public static TheoryData<string> Names => [.. Frames.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Frame_keeps_its_bytes(string name)
    {
        var (old, current, @is) = Frames[name];
        var message = Encode(old, current);
        Assert.True(@is(FramePart.Read(message)), $"is coded otherwise: {FramePart.Read(message)}");
        Assert.Equal(Golden.Freeze($"encoding/{name}", message), message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frozen_frame_brings_the_picture(string name)
    {
        var (old, current, _) = Frames[name];
        using var decoder = new PictureDecoder();
        decoder.Start(old.Width, old.Height);
        old.CopyTo(decoder.Picture!, old.Bounds);
        Assert.Equal(1u, decoder.Accept(Golden.Freeze($"encoding/{name}", Encode(old, current))));
        Assert.Equal(current.Pixels, decoder.Picture!.Pixels);
    }

    [Fact]
    public void Spans_keep_their_bytes()
    {
        var (palette, area, bytes) = (new Palette(), new Rectangle(3, 2, 21, 14), new byte[4096]);
        var text = TestPictures.Of(48, 40, TestPictures.Text);
        Assert.True(palette.Collect(text, area));
        Freeze("span-palette", bytes.AsSpan(0, palette.Write(text, area, bytes)), text, area);
        var photograph = TestPictures.Of(48, 40, (x, y) => TestPictures.Photograph(x, y));
        area = new Rectangle(3, 2, 13, 9);
        Freeze("span-predicted", bytes.AsSpan(0, Prediction.Write(photograph, area, bytes)), photograph, area);
    }

    [Fact]
    public void Frozen_prediction_brings_the_pixels()
    {
        var photograph = TestPictures.Of(13, 9, (x, y) => TestPictures.Photograph(x + 3, y + 2));
        var (bytes, shown) = (new byte[4096], new Picture(13, 9));
        Prediction.Read(Golden.Freeze("encoding/span-predicted", bytes.AsSpan(0, Prediction.Write(photograph, photograph.Bounds, bytes))), shown, shown.Bounds);
        Assert.Equal(photograph.Pixels, shown.Pixels);
    }

    /// <summary>Of a key picture and the one after it, without what the library made.</summary>
    [Fact]
    public void Heads_of_a_videos_pictures_keep_their_bytes()
    {
        using var region = new VideoRegion(5, new(16, 32, 131, 97), 4_000_000, 31, 0);
        var heads = new List<byte>();
        for (var frame = 0; frame < 2; frame++)
        {
            var picture = TestPictures.Of(160, 144, (x, y) => TestPictures.Photograph(x, y, frame));
            heads.AddRange(Assert.Single(FrameEncoder.Messages(region.Encode(picture, 4_000_000, frame * 33), (uint)frame + 1, FrameFlags.None))[..VideoPart.HeaderLength]);
        }

        Assert.Equal(Golden.Freeze("encoding/video-heads", heads.ToArray()), heads);
    }

    [Fact]
    public void Every_golden_file_has_its_test() => Assert.Equal(
        Frames.Keys.Concat(["span-palette", "span-palette-pixels", "span-predicted", "span-predicted-pixels", "video-heads"]).Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "golden", "encoding")).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    /// <summary>A span's bytes, and for the client's decoder the pixels that they stand for: red, green, blue.</summary>
    private static void Freeze(string name, ReadOnlySpan<byte> span, Picture picture, Rectangle area)
    {
        Assert.Equal(Golden.Freeze($"encoding/{name}", span), span.ToArray());
        byte[] pixels = [.. Enumerable.Range(area.Y, area.Height).SelectMany(y => picture.Row(area.X, y, area.Width).ToArray().Where((_, i) => i % 4 != 3))];
        Assert.Equal(Golden.Freeze($"encoding/{name}-pixels", pixels), pixels);
    }

    /// <summary>The only message of the frame from one picture to the next: what moved, then what differs, as a viewer is sent it.</summary>
    private static byte[] Encode(Picture old, Picture current)
    {
        var shown = new Picture(old.Width, old.Height);
        old.CopyTo(shown, old.Bounds);
        var moves = MoveFinder.Find(shown, current, Differ.FindBlocks(shown, current, current.Bounds));
        shown.Move(moves);
        using var encoder = new FrameEncoder();
        var (parts, near) = encoder.Encode(current, moves, Differ.Find(shown, current, current.Bounds), PhotoPolicy.Exact);
        Assert.Empty(near);
        return Assert.Single(FrameEncoder.Messages(parts, 1, FrameFlags.None));
    }

    private static Picture Black() => TestPictures.Of(Whole.Width, Whole.Height, (_, _) => 0);
}
