using System.Buffers;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Protocol.Tests.Wire;

public sealed class WireGoldenTests
{
    private static readonly byte[] Counting = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<string> Names => [.. Messages.Keys];

    private static Dictionary<string, Action<IBufferWriter<byte>>> Messages { get; } = new()
    {
        ["hello"] = new Hello(CredentialKind.Ticket, Counting).Write,
        ["ack"] = ClientMessage.Ack(7, 12, 1).Write,
        ["key"] = ClientMessage.Key(true, 0x1e).Write,
        ["pointer"] = ClientMessage.Pointer(640, 400, 5).Write,
        ["pointer-motion"] = ClientMessage.PointerMotion(-300, 2, 1).Write,
        ["wheel"] = ClientMessage.Wheel(-1, 3).Write,
        ["release-all"] = new ClientMessage(ClientMessageType.ReleaseAll).Write,
        ["refresh"] = new ClientMessage(ClientMessageType.Refresh).Write,
        ["quality"] = ClientMessage.Prefer(Quality.Saving).Write,
        ["ping"] = ClientMessage.Ping(0x01020304).Write,
        ["abilities"] = ClientMessage.Able(Abilities.H264).Write,
        ["wanted-size"] = ClientMessage.WantedSize(1366, 768).Write,
        ["clipboard-in"] = to => new ClipboardPiece(ClipboardKind.Text, 10, 4, "ABCD"u8.ToArray()).Write(to, (byte)ClientMessageType.Clipboard),
        ["clipboard"] = to => new ClipboardPiece(ClipboardKind.Png, 70_000, 65_536, Counting[..8]).Write(to, (byte)ServerMessageType.Clipboard),
        ["pong"] = new Pong(0x01020304).Write,
        ["welcome"] = new Welcome(1280, 800, Rights.View | Rights.Input, [.. Enumerable.Repeat((byte)0xAA, 32)], "Desktops 데스크톱").Write,
        ["size"] = new Size(1920, 1080).Write,
        ["cursor"] = new Cursor(2, 2, 1, 0, Counting[..16]).Write,
        ["bye"] = new Bye(ByeReason.TakenOver, "moved").Write,
        ["notice"] = new Notice(NoticeKind.Idle, 120, "곧 연결이 끊어집니다").Write,
        ["frame-fill"] = new FramePart(5, FrameFlags.First | FrameFlags.Last | FrameFlags.Complete, [], [new Fill(new(10, 20, 30, 40), 1, 2, 3)], [], [], 0, default).Write,
        ["frame-move"] = new FramePart(6, FrameFlags.First | FrameFlags.Last, [new Move(new(0, 100, 800, 500), 0, 200), new Move(new(5, 6, 7, 8), 9, 10)], [], [], [], 0, default).Write,
        ["frame-palette"] = new FramePart(7, FrameFlags.First | FrameFlags.Last, [], [], [new(new(1, 2, 5, 2), SpanCoding.Palette)], [], PaletteRaw.Length, Zstd(PaletteRaw)).Write,
        ["frame-predicted"] = new FramePart(8, FrameFlags.First | FrameFlags.Last, [], [], [new(new(1, 2, 2, 2), SpanCoding.Predicted)], [], PredictedRaw.Length, Zstd(PredictedRaw)).Write,
        ["video"] = new VideoPart(10, FrameFlags.First | FrameFlags.Last, 3, VideoFlags.Key | VideoFlags.Last, new(16, 32, 128, 96), new byte[] { 0, 0, 0, 1, 0x67 }).Write,
        ["frame-image"] = new FramePart(9, FrameFlags.First | FrameFlags.Last, [], [], [], [new(new(16, 32, 8, 8), new byte[] { 0xFF, 0xD8, 0xFF, 0xD9 })], 0, default).Write,
    };

    /// <summary>Three colours, (1, 2, 3), (4, 5, 6) and (7, 8, 9), and two rows: 0 1 2 0 1 and 2 2 2 2 0.</summary>
    private static byte[] PaletteRaw => [2, 1, 4, 7, 2, 5, 8, 3, 6, 9, 0b00_01_10_00, 0b01_000000, 0b10_10_10_10, 0];

    /// <summary>Greens 100 110 / 120 130: 100, +10, +20 and 130 less the median of 120, 110 and 120 + 110 - 100 = 130, which is 120: 10. Red is green
    /// and 5 more, so its plane is 5, 0, 0, 0; blue is green and 1 less.</summary>
    private static byte[] PredictedRaw => [100, 10, 20, 10, 5, 0, 0, 0, 255, 0, 0, 0];

    /// <summary>A zstd frame that holds the bytes as a raw block (RFC 8878, 3.1.1): any encoder's bytes would do, these never change.</summary>
    private static byte[] Zstd(byte[] raw) => [0x28, 0xB5, 0x2F, 0xFD, 0x20, (byte)raw.Length, (byte)((raw.Length << 3) | 1), (byte)(raw.Length >> 5), 0, .. raw];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_keeps_its_bytes(string name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Messages[name](buffer);
        Assert.Equal(Golden.Freeze($"wire/{name}", buffer.WrittenSpan), buffer.WrittenSpan.ToArray());
    }

    [Fact]
    public void Every_golden_file_has_its_message() => Assert.Equal(
        Messages.Keys.Order(),
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "golden", "wire"), "*.hex").Select(file => Path.GetFileNameWithoutExtension(file)).Order());
}
