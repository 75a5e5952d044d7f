using System.IO.Pipelines;
using System.Text;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Protocol.Tests.Apps;

/// <summary>The line to the keeper of a guest's application, which is hostile.</summary>
public sealed class AppLineTests
{
    [Theory]
    [InlineData("title\t%ED%95%9C%EA%B8%80%20-%20Editor", "한글 - Editor")]
    [InlineData("title\ta%09b%0Ac%E2%80%AEd%1B[0m", "a b c d [0m")]
    [InlineData("title\t", "")]
    public void Title_is_text_and_nothing_that_changes_how_text_is_shown(string line, string title) => Assert.Equal(new AppTitle(title), AppLine.Parse(line));

    [Fact]
    public void Texts_are_cut_and_numbers_are_numbers()
    {
        Assert.Equal(200, Assert.IsType<AppTitle>(AppLine.Parse($"title\t{new string('a', 5000)}")).Text.Length);
        Assert.Equal(199, Assert.IsType<AppTitle>(AppLine.Parse($"title\t{new string('a', 199)}%F0%9F%98%80")).Text.Length);
        Assert.Equal(new AppWindows(3), AppLine.Parse("windows\t3"));
        Assert.Equal(new AppEnded(3, 0, "one\ntwo"), AppLine.Parse("ended\t3\t0\tone%0Atwo%0A"));
        Assert.All(["", "windows", "windows\t-1", "windows\t99999999999", "ended\t1\t0", "ended\tx\t0\t", "else\t1", "\t\t\t"], line => Assert.Null(AppLine.Parse(line)));
    }

    [Theory]
    [InlineData(127, 0, "there is no such program in the image")]
    [InlineData(0, 11, "it was ended by signal 11")]
    [InlineData(3, 0, "it ended with code 3")]
    public void End_is_said_in_words(int code, int signal, string words)
    {
        var end = new AppEnded(code, signal, "");
        Assert.Equal((words, false), (end.How, end.IsWell));
        Assert.True(new AppEnded(0, 0, "").IsWell);
    }

    [Fact]
    public async Task Lines_come_in_any_pieces_and_words_arrive_as_they_were()
    {
        var (to, from) = (new Pipe(), new Pipe());
        await using var line = new AppLine(new Duplex(from.Reader.AsStream(), to.Writer.AsStream()));
        foreach (var piece in new[] { "windows\t1\nti", "tle\tA", "%20B\nnonsense\n", "windows\t0\n" })
        {
            await from.Writer.WriteAsync(Encoding.ASCII.GetBytes(piece));
        }

        await from.Writer.CompleteAsync();
        Assert.Equal([new AppWindows(1), new AppTitle("A B"), new AppWindows(0)], await line.ReadAsync(default).ToListAsync());
        await line.RunAsync(new MachineApp("/usr/bin/a b", ["--x=1\t2", "한"], "/srv"), instead: true, default);
        var said = (await to.Reader.ReadAsync()).Buffer;
        Assert.Equal("instead\t%2Fsrv\t%2Fusr%2Fbin%2Fa%20b\t--x%3D1%092\t%ED%95%9C\n", Encoding.ASCII.GetString(said.FirstSpan));
        await Assert.ThrowsAsync<ProtocolException>(() => line.RunAsync(new MachineApp("a", [new string('x', AppLine.Longest)]), instead: false, default));
    }

    [Fact]
    public async Task Guest_that_never_ends_its_line_is_not_listened_to()
    {
        await using var line = new AppLine(new MemoryStream(Encoding.ASCII.GetBytes($"title\t{new string('a', AppLine.Longest)}")));
        await Assert.ThrowsAsync<ProtocolException>(async () => await line.ReadAsync(default).ToListAsync());
    }

    private sealed class Duplex(Stream reads, Stream writes) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reads.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writes.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => reads.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => writes.Write(buffer, offset, count);

        public override void Flush() => writes.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
