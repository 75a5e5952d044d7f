using System.Buffers;
using Vdi.Protocol.Wire;

namespace Vdi.Protocol.Tests.Wire;

public sealed class WireReadingTests
{
    [Fact]
    public void Batch_of_every_client_message_comes_back_as_written()
    {
        ClientMessage[] sent = [ClientMessage.Ack(9, 4, 2), ClientMessage.Key(false, 200), ClientMessage.Pointer(3, 4, 31), ClientMessage.Wheel(-16, 16), new(ClientMessageType.ReleaseAll), new(ClientMessageType.Refresh)];
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var message in sent)
        {
            message.Write(buffer);
        }

        Assert.Equal(sent, ClientMessage.ReadAll(buffer.WrittenSpan));
    }

    [Fact]
    public void Every_truncation_of_a_batch_is_refused_or_shorter()
    {
        var buffer = new ArrayBufferWriter<byte>();
        ClientMessage.Pointer(3, 4, 1).Write(buffer);
        for (var length = 1; length < buffer.WrittenCount; length++)
        {
            var cut = buffer.WrittenSpan[..length].ToArray();
            Assert.Throws<ProtocolException>(() => ClientMessage.ReadAll(cut));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x82, 2, 30, 0 })]
    [InlineData(new byte[] { 0x82, 1, 0, 0 })]
    [InlineData(new byte[] { 0x82, 1, 0, 1 })]
    [InlineData(new byte[] { 0x83, 0, 0, 0, 0, 32 })]
    [InlineData(new byte[] { 0x84, 17, 0 })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0x01 })]
    public void Number_out_of_range_is_refused(byte[] message) => Assert.Throws<ProtocolException>(() => ClientMessage.ReadAll(message));

    [Fact]
    public void Batch_longer_than_4_KiB_is_refused() =>
        Assert.Throws<ProtocolException>(() => ClientMessage.ReadAll(Enumerable.Repeat((byte)ClientMessageType.Refresh, ClientMessage.MaxBatch + 1).ToArray()));

    [Fact]
    public void Garbage_never_does_anything_but_throw_ProtocolException()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 64)];
            random.NextBytes(bytes);
            Only(() => ClientMessage.ReadAll(bytes));
            Only(() => Hello.Read(bytes));
            Only(() => FramePart.Read(bytes));
            Only(() => Welcome.Read(bytes));
        }
    }

    [Fact]
    public void Hello_of_another_version_is_refused()
    {
        var buffer = new ArrayBufferWriter<byte>();
        new Hello(CredentialKind.ResumeSecret, new byte[32]).Write(buffer);
        var bytes = buffer.WrittenSpan.ToArray();
        Assert.Equal(CredentialKind.ResumeSecret, Hello.Read(bytes).Kind);
        bytes[1] = 2;
        Assert.Throws<ProtocolException>(() => Hello.Read(bytes));
    }

    private static void Only(Action read)
    {
        try
        {
            read();
        }
        catch (ProtocolException)
        {
            // The only way to say no.
        }
    }
}
