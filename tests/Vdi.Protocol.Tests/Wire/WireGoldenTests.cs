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
        ["wheel"] = ClientMessage.Wheel(-1, 3).Write,
        ["release-all"] = new ClientMessage(ClientMessageType.ReleaseAll).Write,
        ["refresh"] = new ClientMessage(ClientMessageType.Refresh).Write,
        ["welcome"] = new Welcome(1280, 800, Rights.View | Rights.Input, [.. Enumerable.Repeat((byte)0xAA, 32)], "Desktops 데스크톱").Write,
        ["size"] = new Size(1920, 1080).Write,
        ["cursor"] = new Cursor(2, 2, 1, 0, Counting[..16]).Write,
        ["bye"] = new Bye(ByeReason.TakenOver, "moved").Write,
        ["frame-fill"] = new FramePart(5, FrameFlags.First | FrameFlags.Last | FrameFlags.Complete, [new Fill(new(10, 20, 30, 40), 1, 2, 3)], [], 0, default).Write,
        ["frame-span"] = new FramePart(6, FrameFlags.First | FrameFlags.Last, [], [new(1, 2, 2, 2)], 16, SpanBlob).Write,
    };

    /// <summary>A zstd frame that holds the 16 bytes as a raw block (RFC 8878, 3.1.1): any encoder's bytes would do, these never change.</summary>
    private static byte[] SpanBlob => [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x10, 0x81, 0x00, 0x00, 0, 1, 2, 255, 4, 5, 6, 255, 8, 9, 10, 255, 12, 13, 14, 255];

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
