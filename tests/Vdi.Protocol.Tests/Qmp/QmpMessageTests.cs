using System.Text;
using Vdi.Protocol.Qmp;

namespace Vdi.Protocol.Tests.Qmp;

public sealed class QmpMessageTests
{
    [Theory]
    [InlineData("""{"QMP":{"version":{}}}""", QmpMessageKind.Greeting)]
    [InlineData("""{"return":{},"id":3}""", QmpMessageKind.Return)]
    [InlineData("""{"error":{"class":"GenericError","desc":"no"},"id":3}""", QmpMessageKind.Error)]
    [InlineData("""{"event":"STOP","timestamp":{}}""", QmpMessageKind.Event)]
    public void Line_is_known_by_its_member(string line, QmpMessageKind kind) => Assert.Equal(kind, QmpMessage.Read(Encoding.UTF8.GetBytes(line)).Kind);

    [Fact]
    public void Error_keeps_the_peers_words()
    {
        var message = QmpMessage.Read("""{"error":{"class":"GenericError","desc":"no such disk"},"id":7}"""u8);
        Assert.Equal((7L, "no such disk"), (message.Id!.Value, message.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"return\":")]
    [InlineData("\u0000\u0001")]
    [InlineData("{\"event\":5}")]
    public void Garbage_is_a_protocol_error(string line) => Assert.Throws<ProtocolException>(() => QmpMessage.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Depth_is_bounded() => Assert.Throws<ProtocolException>(() => QmpMessage.Read(Encoding.UTF8.GetBytes(new string('[', 100_000))));
}
