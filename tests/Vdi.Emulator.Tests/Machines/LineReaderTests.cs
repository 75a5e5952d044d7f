using System.Text;
using Vdi.Emulator.Machines;
using Vdi.Protocol;

namespace Vdi.Emulator.Tests.Machines;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Lines_come_whole_in_whatever_pieces_they_arrive(int seed)
    {
        var random = new Random(seed);
        var lines = Enumerable.Range(0, 300).Select(_ => new string((char)random.Next('a', 'z'), random.Next(10) == 0 ? random.Next(100_000) : random.Next(50))).ToList();
        var reader = new LineReader(new Pieces(Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\nunfinished"), random), 1 << 20, "It");
        foreach (var line in lines)
        {
            Assert.Equal(line, Encoding.ASCII.GetString((await reader.ReadAsync(default))!.Value.Span));
        }

        Assert.Null(await reader.ReadAsync(default));
    }

    [Fact]
    public async Task Line_that_is_too_long_is_refused()
    {
        var reader = new LineReader(new MemoryStream(new byte[5000]), 4096, "It");
        Assert.Contains("4096", (await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(default))).Message, StringComparison.Ordinal);
    }

    /// <summary>Gives what it has in pieces of any size.</summary>
    private sealed class Pieces(byte[] content, Random random) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, 20_000))], cancellationToken);
    }
}
