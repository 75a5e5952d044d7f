using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Vdi.Protocol.Fleet;

namespace Vdi.Protocol.Apps;

/// <summary>The line to the keeper of a guest's application (src/docs/specs/apps.md): lines of words with tabs between them, each word
/// percent-encoded UTF-8 (RFC 3986, 2.1). The guest is hostile: a line has a longest length, and what is not understood is passed over.</summary>
public sealed class AppLine(Stream line) : IAsyncDisposable
{
    /// <summary>Bytes of a line, either way.</summary>
    public const int Longest = 16 * 1024;
    private const int LongestTitle = 200;
    private const int LongestOutput = 2000;
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Has the keeper say everything again: what it said while nobody listened is lost.</summary>
    public Task AskAsync(CancellationToken stop) => SendAsync(["state"], stop);

    /// <summary>Starts a program in the guest, in the place of what is open there or beside it.</summary>
    public Task RunAsync(MachineApp app, bool instead, CancellationToken stop) => SendAsync([instead ? "instead" : "beside", .. Words(app)], stop);

    /// <summary>Closes every window, as if its person had.</summary>
    public Task CloseAsync(CancellationToken stop) => SendAsync(["close"], stop);

    /// <summary>A program as the guest reads it: folder, command, arguments.</summary>
    public static IEnumerable<string> Words(MachineApp app) => [app.Folder ?? "", app.Command, .. app.Arguments];

    /// <summary>A word as it stands in a line.</summary>
    public static string Encode(string word) => Uri.EscapeDataString(word);

    /// <summary>One line without its end; null for what is not understood.</summary>
    public static AppMessage? Parse(string line)
    {
        var words = line.Split('\t').Select(Uri.UnescapeDataString).ToArray();
        return words switch
        {
            ["title", var text] => new AppTitle(Plain(text, LongestTitle).Trim()),
            ["windows", var count] when Number(count) is { } windows => new AppWindows(windows),
            ["ended", var code, var signal, var output] when Number(code) is { } ended && Number(signal) is { } by => new AppEnded(ended, by, Plain(output, LongestOutput, '\n').Trim()),
            _ => null,
        };
    }

    /// <summary>What the keeper says, until the line ends.</summary>
    /// <exception cref="ProtocolException">It says more than a line can hold.</exception>
    public async IAsyncEnumerable<AppMessage> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var buffer = new byte[Longest];
        var filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
            {
                throw new ProtocolException($"app: a line is longer than {Longest} bytes");
            }

            var count = await line.ReadAsync(buffer.AsMemory(filled), stop);
            if (count == 0)
            {
                yield break;
            }

            filled += count;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (Parse(Encoding.UTF8.GetString(buffer, start, length)) is { } message)
                {
                    yield return message;
                }

                start += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await line.DisposeAsync();
        _writing.Dispose();
    }

    private async Task SendAsync(IEnumerable<string> words, CancellationToken stop)
    {
        var bytes = Encoding.ASCII.GetBytes(string.Join('\t', words.Select(Encode)) + "\n");
        if (bytes.Length > Longest)
        {
            throw new ProtocolException($"app: what is said to the guest is longer than {Longest} bytes");
        }

        await _writing.WaitAsync(stop);
        try
        {
            await line.WriteAsync(bytes, stop);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static int? Number(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 100_000 ? number : null;

    /// <summary>At most so many characters, the first of them, without signs that change how text is shown.</summary>
    private static string Plain(string text, int longest, char? kept = null)
    {
        var plain = new string([.. text.Select(letter => letter == kept || !(char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) ? letter : ' ')]);
        return plain.Length <= longest ? plain : plain[..(char.IsHighSurrogate(plain[longest - 1]) ? longest - 1 : longest)];
    }
}
