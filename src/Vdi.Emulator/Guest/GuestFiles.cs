using System.Globalization;
using System.Text;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Guest;

/// <summary>Files of the person at a Linux guest, by its agent. Everything is done as that person and never as root: a folder that leads elsewhere leads
/// nowhere that they could not go.</summary>
internal sealed class GuestFiles(GuestAgentClient agent) : IGuestFiles
{
    private const int LongestName = 255;
    private const int NobodyThere = 81;
    private const int NotThere = 82;

    /// <summary>A guest that is short of processors takes a while for each piece.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Whose screen it is: the user of seat0, else the first that is no system's; their ids and home.</summary>
    private const string WhoScript = """
        u=$(loginctl list-sessions --no-legend 2>/dev/null | awk '$4 == "seat0" && $2 >= 1000 { print $3; exit }')
        [ -n "$u" ] || u=$(getent passwd | awk -F: '$3 >= 1000 && $3 < 60000 { print $1; exit }')
        e=$(getent passwd "$u") || exit 81
        echo "$e" | awk -F: '{ print $3; print $4; print $6 }'
        """;

    /// <summary>Downloads as the person's desktop has it (xdg-user-dir(1)), and the folder of files to be fetched; made where they are missing. What was
    /// begun and forgotten is deleted after two days.</summary>
    private const string FoldersScript = """
        d=
        command -v xdg-user-dir >/dev/null && d=$(xdg-user-dir DOWNLOAD)
        [ -n "$d" ] && [ "$d" != "$HOME" ] && [ "$d" != "$HOME/" ] || d=$HOME/Downloads
        mkdir -p -- "$d" "$HOME/$1" || exit 81
        find "$d" -maxdepth 1 -type f -name '.vdi-*.part' -mtime +1 -delete 2>/dev/null
        printf '%s\n' "$d"
        """;

    /// <summary>A link is made where there is none, in one step: a file that is there is never replaced.</summary>
    private const string FinishScript = """
        cd -- "$2" && sync -- "$1" || exit 1
        base=${3%.*} ext=.${3##*.}
        [ -n "$base" ] && [ "$base" != "$3" ] || { base=$3 ext=; }
        n=0 name=$3
        until ln -T -- "$1" "$name" 2>/dev/null; do
          { [ -e "$name" ] || [ -L "$name" ]; } && [ $n -lt 999 ] || { ln -T -- "$1" "$name"; exit 1; }
          n=$((n + 1)) name="$base ($n)$ext"
        done
        rm -f -- "$1"
        printf '%s' "$name"
        """;

    private const string ListScript = """cd -- "$1" && find . -maxdepth 1 -type f ! -name '.*' -printf '%s %f\0' | head -z -n "$2" """;
    private const string Decode = """n=$(printf %s "$2" | base64 -d; echo x); f=$1/${n%x}; [ -f "$f" ] || exit 82; """;
    private const string SizeScript = Decode + """exec stat -L -c %s -- "$f" """;
    private const string ReadScript = Decode + """exec dd if="$f" iflag=skip_bytes,count_bytes,fullblock skip="$3" count="$4" bs=256K status=none""";
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Person? _person;

    public GuestAgentClient Agent => agent;

    private sealed record Person(string Uid, string Gid, string Home, string Downloads)
    {
        public string Shared => $"{Home}/{IGuestFiles.SharedName}";
    }

    public async Task BeginAsync(Guid file, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        await AsAsync(person, ["/bin/sh", "-c", ": >\"$1\"", "sh", PartOf(person, file)], default, stop);
    }

    public async Task WriteAsync(Guid file, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        await AsAsync(person, ["dd", $"of={PartOf(person, file)}", "bs=256K", "iflag=fullblock", $"seek={Text(offset)}", "oflag=seek_bytes", "conv=notrunc,nocreat", "status=none"], piece, stop);
    }

    public async Task<string> FinishAsync(Guid file, string name, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        var given = Encoding.UTF8.GetString(await AsAsync(person, ["/bin/sh", "-c", FinishScript, "sh", PartOf(person, file), person.Downloads, name], default, stop));
        return given.Length is > 0 and <= LongestName ? given : throw new GuestFilesException(GuestFilesFault.Failed, "The guest did not say what it called the file");
    }

    public async Task DropAsync(Guid file, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        await AsAsync(person, ["rm", "-f", "--", PartOf(person, file)], default, stop);
    }

    public async Task<IReadOnlyList<SharedFile>> ListAsync(int most, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        var said = await AsAsync(person, ["/bin/sh", "-c", ListScript, "sh", person.Shared, Text(most)], default, stop);
        var files = new List<SharedFile>();
        for (var at = 0; at < said.Length && files.Count < most;)
        {
            var end = Array.IndexOf(said, (byte)0, at);
            var line = said.AsMemory(at, (end < 0 ? said.Length : end) - at);
            at += line.Length + 1;
            var space = line.Span.IndexOf((byte)' ');
            if (space > 0 && long.TryParse(line.Span[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && IsName(line.Span[(space + 1)..]))
            {
                files.Add(new SharedFile(line[(space + 1)..], bytes));
            }
        }

        files.Sort((one, other) => one.Name.Span.SequenceCompareTo(other.Name.Span));
        return files;
    }

    public async Task<long?> SizeAsync(ReadOnlyMemory<byte> name, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        var said = await AskAsync(person, ["/bin/sh", "-c", SizeScript, "sh", person.Shared, Base64(name)], stop);
        return said is null ? null
            : long.TryParse(Encoding.ASCII.GetString(said).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes
            : throw new GuestFilesException(GuestFilesFault.Failed, "The guest did not say how large the file is");
    }

    public async Task<ReadOnlyMemory<byte>> ReadAsync(ReadOnlyMemory<byte> name, long offset, CancellationToken stop)
    {
        var person = await PersonAsync(stop);
        var said = await AskAsync(person, ["/bin/sh", "-c", ReadScript, "sh", person.Shared, Base64(name), Text(offset), Text(IGuestFiles.Piece)], stop)
            ?? throw new GuestFilesException(GuestFilesFault.Failed, "The file is not there any more");
        return said.Length <= IGuestFiles.Piece ? said : throw new GuestFilesException(GuestFilesFault.Failed, "The guest gave more than it was asked for");
    }

    /// <summary>Whether bytes are the name of a file in a folder and of nothing else.</summary>
    internal static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestName && name.IndexOfAny((byte)'/', (byte)0) < 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    private static string PartOf(Person person, Guid file) => $"{person.Downloads}/.vdi-{file:N}.part";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Base64(ReadOnlyMemory<byte> name) =>
        IsName(name.Span) ? Convert.ToBase64String(name.Span) : throw new GuestFilesException(GuestFilesFault.Failed, "That is no file's name");

    /// <summary>Asked once: the guest's answer stands as long as its agent.</summary>
    private async Task<Person> PersonAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (_person is null)
            {
                var who = Lines(await RunAsync("/bin/sh", ["-c", WhoScript], default, stop));
                if (who is not [var uid, var gid, ['/', ..] home] || !uint.TryParse(uid, NumberStyles.None, CultureInfo.InvariantCulture, out _) || !uint.TryParse(gid, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    throw new GuestFilesException(GuestFilesFault.Nobody, "Nobody has a home in the guest");
                }

                var person = new Person(uid, gid, home, "");
                var folders = Lines(await AsAsync(person, ["/bin/sh", "-c", FoldersScript, "sh", IGuestFiles.SharedName], default, stop));
                _person = folders is [['/', ..] downloads] ? person with { Downloads = downloads } : throw new GuestFilesException(GuestFilesFault.Nobody, "The guest does not say where downloads go");
            }

            return _person;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string[] Lines(byte[] said) => said.Length > 8192 ? [] : Encoding.UTF8.GetString(said).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<byte[]> AsAsync(Person person, string[] command, ReadOnlyMemory<byte> input, CancellationToken stop) => await RunAsync("/usr/bin/setpriv", As(person, command), input, stop);

    /// <summary>Null where what was asked for is not there.</summary>
    private async Task<byte[]?> AskAsync(Person person, string[] command, CancellationToken stop)
    {
        var (code, output, errors) = await TryAsync("/usr/bin/setpriv", As(person, command), default, stop);
        return code == NotThere ? null : code == 0 ? output : throw Failure(code, errors);
    }

    private static string[] As(Person person, string[] command) =>
        ["--reuid", person.Uid, "--regid", person.Gid, "--init-groups", "--", "/usr/bin/env", "LC_ALL=C", $"HOME={person.Home}", .. command];

    private async Task<byte[]> RunAsync(string program, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        var (code, output, errors) = await TryAsync(program, arguments, input, stop);
        return code == 0 ? output : throw Failure(code, errors);
    }

    private async Task<(int Code, byte[] Output, string Errors)> TryAsync(string program, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        try
        {
            return await agent.RunAsync(program, arguments, input, Deadline, stop);
        }
        catch (MachineException e)
        {
            throw new GuestFilesException(GuestFilesFault.Failed, e.Message);
        }
    }

    private static GuestFilesException Failure(int code, string errors) =>
        code == NobodyThere ? new GuestFilesException(GuestFilesFault.Nobody, "Nobody has a folder in the guest that files could go to")
        : errors.Contains("No space left", StringComparison.Ordinal) || errors.Contains("quota exceeded", StringComparison.OrdinalIgnoreCase) ? new GuestFilesException(GuestFilesFault.NoRoom, "There is no room in the machine")
        : new GuestFilesException(GuestFilesFault.Failed, $"The guest failed ({code}): {PeerText.Tail(errors)}");
}
