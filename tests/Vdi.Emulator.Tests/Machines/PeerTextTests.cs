using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Tests.Machines;

public sealed class PeerTextTests
{
    [Theory]
    [InlineData("two\r\nlines", "two lines")]
    [InlineData("\u001b[31mred\u0007", "[31mred")]
    [InlineData("\u202eback\u2066wards", "back wards")]
    [InlineData("  한국어 😀 ", "한국어 😀")]
    [InlineData("", "")]
    public void Words_keep_nothing_that_steers(string said, string shown)
    {
        Assert.Equal(shown, PeerText.Head(said));
        Assert.Equal(shown, PeerText.Tail(said));
    }

    [Fact]
    public void Half_a_character_is_none() => Assert.Equal("half \ufffd", PeerText.Head("half \ud83d"));

    [Fact]
    public void Words_without_end_are_cut()
    {
        var said = "begin" + new string('x', 1 << 20) + "end";
        Assert.StartsWith("begin", PeerText.Head(said), StringComparison.Ordinal);
        Assert.True(PeerText.Head(said).Length <= 501);
        Assert.EndsWith("end", PeerText.Tail(said), StringComparison.Ordinal);
        Assert.True(PeerText.Tail(said).Length <= 500);
    }
}
