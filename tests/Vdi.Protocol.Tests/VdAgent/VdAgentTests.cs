using System.Text;
using Vdi.Protocol.VdAgent;

namespace Vdi.Protocol.Tests.VdAgent;

public sealed class VdAgentTests
{
    private const VdAgentCapabilities Linux = VdAgentCapabilities.ClipboardSelection | VdAgentCapabilities.ClipboardByDemand;

    [Fact]
    public void Announcement_is_as_the_protocol_says()
    {
        // Port 1, 28 bytes; version 1, type 6, nothing, 8 bytes; a request, our bits.
        Assert.Equal("01000000" + "1C000000" + "01000000" + "06000000" + "0000000000000000" + "08000000" + "01000000" + "62000100", Convert.ToHexString(VdAgentMessages.Announce(request: true)));
    }

    [Theory]
    [InlineData(VdAgentCapabilities.None)]
    [InlineData(Linux)]
    public void Clipboard_says_the_same_to_old_and_new_agents(VdAgentCapabilities theirs)
    {
        var grab = Assert.Single(Read(VdAgentMessages.Grab(theirs, VdAgentClipboard.Text, VdAgentClipboard.Png)));
        Assert.Equal(VdAgentType.ClipboardGrab, grab.Type);
        Assert.Equal([VdAgentClipboard.Text, VdAgentClipboard.Png], VdAgentMessages.ReadGrab(grab.Data!.Value.Span, theirs));

        var request = Assert.Single(Read(VdAgentMessages.Request(theirs, VdAgentClipboard.Png)));
        Assert.Equal((VdAgentClipboard.Png, VdAgentSelection.Clipboard), VdAgentMessages.ReadRequest(request.Data!.Value.Span, theirs));

        var text = Encoding.UTF8.GetBytes("안녕하세요");
        var content = Assert.Single(Read(VdAgentMessages.Content(theirs, VdAgentClipboard.Text, text)));
        var (kind, bytes) = VdAgentMessages.ReadContent(content.Data!.Value, theirs)!.Value;
        Assert.Equal((VdAgentClipboard.Text, text.Length), (kind, bytes.Length));
        Assert.Equal(text, bytes.ToArray());

        Assert.True(VdAgentMessages.ReadRelease(Assert.Single(Read(VdAgentMessages.Release(theirs))).Data!.Value.Span, theirs));
    }

    [Fact]
    public void What_is_only_marked_is_not_the_clipboard()
    {
        byte[] primary = [1, 0, 0, 0, 1, 0, 0, 0];
        Assert.Null(VdAgentMessages.ReadGrab(primary, Linux));
        Assert.Equal((VdAgentClipboard.Text, VdAgentSelection.Primary), VdAgentMessages.ReadRequest(primary, Linux));
        Assert.Null(VdAgentMessages.ReadContent(primary, Linux));
        Assert.False(VdAgentMessages.ReadRelease(primary, Linux));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Large_content_comes_whole_however_it_is_cut(int pieces)
    {
        var content = new byte[300_000];
        new Random(3).NextBytes(content);
        var packed = VdAgentMessages.Content(Linux, VdAgentClipboard.Png, content);

        // An agent takes no longer chunk than 2048 bytes.
        for (var at = 0; at < packed.Length; at += 8 + BitConverter.ToInt32(packed, at + 4))
        {
            Assert.InRange(BitConverter.ToInt32(packed, at + 4), 1, VdAgentMessages.LargestChunk);
        }

        var seen = new List<VdAgentMessage>();
        var reader = new VdAgentReader(1 << 20);
        foreach (var piece in packed.Chunk(Math.Max(1, packed.Length / pieces)))
        {
            reader.Take(piece, seen.Add);
        }

        Assert.Equal(content, VdAgentMessages.ReadContent(Assert.Single(seen).Data!.Value, Linux)!.Value.Content.ToArray());
    }

    [Fact]
    public void Message_that_is_too_long_is_passed_over_and_the_next_one_is_read()
    {
        var reader = new VdAgentReader(1000);
        var seen = new List<VdAgentMessage>();
        reader.Take(VdAgentMessages.Content(Linux, VdAgentClipboard.Text, new byte[5000]), seen.Add);
        reader.Take(VdAgentMessages.Release(Linux), seen.Add);
        Assert.Equal((VdAgentType.Clipboard, true, 5008L), (seen[0].Type, seen[0].Data is null, seen[0].Length));
        Assert.Equal(VdAgentType.ClipboardRelease, seen[1].Type);
        Assert.NotNull(seen[1].Data);
    }

    [Fact]
    public void Message_of_4_GiB_that_is_announced_takes_no_memory()
    {
        var reader = new VdAgentReader(int.MaxValue);
        byte[] chunk = [1, 0, 0, 0, 255, 255, 255, 255, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127];
        var before = GC.GetAllocatedBytesForCurrentThread();
        reader.Take(chunk, _ => Assert.Fail("It is not whole"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Theory]
    [InlineData("03000000" + "1C000000")]
    [InlineData("01000000" + "14000000" + "02000000" + "06000000" + "0000000000000000" + "00000000")]
    public void What_is_no_agent_is_refused(string bytes) =>
        Assert.StartsWith("vdagent:", Assert.Throws<ProtocolException>(() => new VdAgentReader(1000).Take(Convert.FromHexString(bytes), _ => { })).Message, StringComparison.Ordinal);

    [Fact]
    public void Short_messages_and_too_many_kinds_are_refused()
    {
        Assert.Throws<ProtocolException>(() => VdAgentMessages.ReadAnnouncement([1, 0]));
        Assert.Throws<ProtocolException>(() => VdAgentMessages.ReadRequest([0, 0, 0, 0, 1], Linux));
        Assert.Throws<ProtocolException>(() => VdAgentMessages.ReadContent(new byte[] { 0, 0 }, Linux));
        Assert.Throws<ProtocolException>(() => VdAgentMessages.ReadGrab(new byte[4 + (4 * 33)], Linux));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mutated_messages_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        byte[] whole = [.. VdAgentMessages.Announce(true), .. VdAgentMessages.Grab(Linux, VdAgentClipboard.Text), .. VdAgentMessages.Content(Linux, VdAgentClipboard.Text, new byte[3000])];
        for (var i = 0; i < 3000; i++)
        {
            var mutated = whole.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                new VdAgentReader(10_000).Take(mutated, message => Understand(message, Linux));
            }
            catch (ProtocolException)
            {
                // Refused.
            }
        }
    }

    private static void Understand(VdAgentMessage message, VdAgentCapabilities theirs)
    {
        if (message.Data is not { } data)
        {
            return;
        }

        _ = message.Type switch
        {
            VdAgentType.AnnounceCapabilities => VdAgentMessages.ReadAnnouncement(data.Span),
            VdAgentType.ClipboardGrab => VdAgentMessages.ReadGrab(data.Span, theirs),
            VdAgentType.ClipboardRequest => VdAgentMessages.ReadRequest(data.Span, theirs),
            VdAgentType.Clipboard => VdAgentMessages.ReadContent(data, theirs),
            VdAgentType.ClipboardRelease => VdAgentMessages.ReadRelease(data.Span, theirs),
            _ => (object?)null,
        };
    }

    private static List<VdAgentMessage> Read(byte[] packed)
    {
        var seen = new List<VdAgentMessage>();
        new VdAgentReader(1 << 20).Take(packed, seen.Add);
        return seen;
    }
}
