using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>A line to QEMU's device test protocol (QEMU, docs/devel/testing/qtest): memory and ports of a machine without a program in it.</summary>
internal sealed class QtestLine : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    public QtestLine(string socket)
    {
        var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        line.Connect(new UnixDomainSocketEndPoint(socket));
        _stream = new NetworkStream(line, ownsSocket: true) { ReadTimeout = (int)Deadline.TotalMilliseconds };
        _reader = new StreamReader(_stream, Encoding.ASCII);
    }

    public byte InByte(int port) => (byte)int.Parse(Call($"inb 0x{port:x}").AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public void OutWord(int port, int value) => Call($"outw 0x{port:x} 0x{value:x}");

    public void OutLong(int port, uint value) => Call($"outl 0x{port:x} 0x{value:x}");

    public byte[] Read(int address, int count) => Convert.FromHexString(Call($"read 0x{address:x} 0x{count:x}").AsSpan(2));

    public void Write(int address, ReadOnlySpan<byte> bytes) => Call($"write 0x{address:x} 0x{bytes.Length:x} 0x{Convert.ToHexStringLower(bytes)}");

    public void Dispose() => _stream.Dispose();

    /// <summary>What follows OK in the answer.</summary>
    private string Call(string command)
    {
        _stream.Write(Encoding.ASCII.GetBytes(command + "\n"));
        while (true)
        {
            var answer = _reader.ReadLine() ?? throw new InvalidOperationException("QEMU closed its test line");
            if (!answer.StartsWith("IRQ", StringComparison.Ordinal))
            {
                return answer.StartsWith("OK", StringComparison.Ordinal) ? answer[2..].Trim() : throw new InvalidOperationException($"QEMU answered {command} with {answer}");
            }
        }
    }
}
