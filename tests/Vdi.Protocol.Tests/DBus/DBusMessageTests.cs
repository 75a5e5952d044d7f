using Vdi.Protocol.DBus;

namespace Vdi.Protocol.Tests.DBus;

public sealed class DBusMessageTests
{
    /// <summary>As QEMU 10.0.2 sent it: the head, the fields and the body of its first ScanoutMap.</summary>
    private static readonly byte[] FromQemu =
    [
        (byte)'l', 1, 0, 1, 24, 0, 0, 0, 3, 0, 0, 0, 133, 0, 0, 0,
        1, 1, (byte)'o', 0, 27, 0, 0, 0, .. "/org/qemu/Display1/Listener"u8, 0, 0, 0, 0, 0,
        2, 1, (byte)'s', 0, 35, 0, 0, 0, .. "org.qemu.Display1.Listener.Unix.Map"u8, 0, 0, 0, 0, 0,
        8, 1, (byte)'g', 0, 6, .. "huuuuu"u8, 0, 0, 0, 0, 0,
        3, 1, (byte)'s', 0, 10, 0, 0, 0, .. "ScanoutMap"u8, 0, 0, 0, 0, 0, 0,
        9, 1, (byte)'u', 0, 1, 0, 0, 0,
    ];

    [Fact]
    public void Message_of_QEMU_is_read()
    {
        var bytes = FromQemu;
        bytes[12] = (byte)(bytes.Length - 16);
        var head = DBusHead.Read(bytes);
        Assert.Equal((DBusMessageType.MethodCall, 24, 3u, true), (head.Type, head.BodyLength, head.Serial, head.WantsReply));
        var fields = DBusFields.Read(bytes.AsSpan(16, head.FieldsLength));
        Assert.Equal(new DBusFields(Display1.ListenerPath, Display1.ListenerUnixMap, "ScanoutMap", null, 0, ScanoutMap.Signature, 1), fields);
        byte[] body = [0, 0, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0xe0, 1, 0, 0, 0, 10, 0, 0, 0x88, 8, 2, 0x20];
        Assert.Equal(new ScanoutMap(0, 640, 480, 2560, 0x20020888), ScanoutMap.Read(body));
        Assert.Equal(body, new ScanoutMap(0, 640, 480, 2560, 0x20020888).Write());
    }

    [Fact]
    public void Message_comes_back_as_written_and_every_truncation_of_it_is_refused()
    {
        var bytes = DBusMessage.Call(7, Display1.ConsolePath(0), Display1.Mouse, "SetAbsPosition", "uu", new DBusWriter().U32(3).U32(4).Written);
        var head = DBusHead.Read(bytes);
        Assert.Equal(bytes.Length, head.MessageLength);
        Assert.Equal(new DBusFields(Display1.ConsolePath(0), Display1.Mouse, "SetAbsPosition", null, 0, "uu", 0), DBusFields.Read(bytes.AsSpan(16, head.FieldsLength)));
        for (var length = 1; length < head.FieldsLength; length++)
        {
            var cut = bytes[16..(16 + length)];
            try
            {
                Assert.NotEqual("uu", DBusFields.Read(cut) is { Member: "SetAbsPosition", Signature: var signature } ? signature : "");
            }
            catch (ProtocolException)
            {
                // As it should: only a whole field may be missing.
            }
        }
    }

    [Theory]
    [InlineData(0, (byte)'B')]
    [InlineData(1, (byte)0)]
    [InlineData(1, (byte)5)]
    [InlineData(3, (byte)2)]
    [InlineData(7, (byte)8)]
    [InlineData(7, (byte)255)]
    [InlineData(13, (byte)17)]
    [InlineData(15, (byte)128)]
    public void Head_that_cannot_be_is_refused(int at, byte value)
    {
        var bytes = DBusMessage.Return(1, 1, "", []);
        bytes[at] = value;
        Assert.Throws<ProtocolException>(() => DBusHead.Read(bytes));
    }

    [Fact]
    public void Properties_of_the_listener_name_shared_memory_in_the_form_that_QEMU_reads()
    {
        var reader = new DBusReader(Display1.ListenerProperties(Display1.Listener));
        var length = reader.U32();
        reader.Align(8);
        Assert.Equal(("Interfaces", "as"), (reader.Text(), reader.Signature()));
        Assert.Equal((uint)(4 + Display1.ListenerUnixMap.Length + 1), reader.U32());
        Assert.Equal(Display1.ListenerUnixMap, reader.Text());
        reader.End();
        Assert.Equal(Display1.ListenerProperties(Display1.Listener).Length - 8, (int)length);
        Assert.Equal(new byte[8], Display1.ListenerProperties("org.example.Other"));
    }

    [Fact]
    public void Handshake_is_taken_when_it_is_whole()
    {
        var answer = "OK 0d4a258176d1ef98678dc75d6b064a25\r\nAGREE_UNIX_FD\r\nl"u8.ToArray();
        Assert.Equal(answer.Length - 1, DBusHandshake.Take(answer));
        Assert.Equal(0, DBusHandshake.Take(answer.AsSpan(0, answer.Length - 2)));
        Assert.Equal("\0AUTH EXTERNAL 31303030\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"u8.ToArray(), DBusHandshake.Client(1000));
        Assert.Throws<ProtocolException>(() => DBusHandshake.Take("OK 1\r\nERROR\r\n"u8));
        Assert.Throws<ProtocolException>(() => DBusHandshake.Take(new byte[600]));
    }
}
