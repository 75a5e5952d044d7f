using System.Globalization;
using System.Text.Json;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>qemu-img in the sandbox. What format a file has is always said: it never guesses.</summary>
internal sealed class DiskTool(Sandbox sandbox)
{
    private const string Program = "/usr/bin/qemu-img";

    /// <summary>The file that the sandbox may write, as a qcow2: where no option names a format, one would be guessed.</summary>
    private const string Opened = $"driver=qcow2,file.driver=file,file.filename={Sandbox.Output}";
    private const long MemoryBytes = 512 << 20;
    private const long GiB = 1 << 30;

    /// <summary>Signals that end what goes beyond its limits (signal(7)).</summary>
    private const int Xcpu = 128 + 24;
    private const int Xfsz = 128 + 25;

    /// <summary>Beyond what it measures: its tables in the making.</summary>
    private const long SlackBytes = 16 << 20;

    /// <summary>Exit codes of qemu-img check (qemu-img(1)): corrupted; only leaked; not supported for this format.</summary>
    private const int Corrupted = 2;
    private const int Leaked = 3;
    private const int Unsupported = 63;

    /// <summary>What conversion needs at most.</summary>
    /// <param name="RequiredBytes">Of disk, when clusters of zeros are not written.</param>
    /// <param name="FullBytes">If all of the disk were written.</param>
    public sealed record Measure(long RequiredBytes, long FullBytes);

    /// <summary>Throws unless qemu-img sees in the file what our own reading of its header saw.</summary>
    public async Task DemandSameAsync(string path, string format, long virtualBytes, CancellationToken stop)
    {
        var info = await AskAsync(["info", "--output=json", "-f", format, Sandbox.Input(0)], [path], virtualBytes, stop);
        var same = Number(info, "virtual-size") == virtualBytes && Text(info, "format") == format && Text(info, "backing-filename") is null
            && !(info.TryGetProperty("encrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
            && !(info.TryGetProperty("format-specific", out var specific) && Contains(specific, "data-file", 0));
        if (!same)
        {
            throw new MachineException("The file is damaged, or made to harm: its header can be read in two ways. Export the disk once more");
        }
    }

    /// <summary>Throws where the file's own tables contradict each other, or point beyond its end.</summary>
    public async Task DemandSoundAsync(string path, string format, long virtualBytes, CancellationToken stop)
    {
        var end = await RunAsync(["check", "-f", format, Sandbox.Input(0)], [path], null, 0, virtualBytes, null, stop);
        if (end.Code == Corrupted)
        {
            throw new MachineException($"The disk is damaged, or its file is not whole: upload it again, or mend it with qemu-img check -r all ({PeerText.Head(end.Output.Trim().Split('\n')[0])})");
        }

        if (end.Code is not (0 or Leaked or Unsupported))
        {
            throw Failure("check", end);
        }
    }

    public async Task<Measure> MeasureAsync(IReadOnlyList<string> source, IReadOnlyList<string> inputs, long virtualBytes, CancellationToken stop)
    {
        var measure = await AskAsync(["measure", "--output=json", "-O", "qcow2", .. source], inputs, virtualBytes, stop);
        return Number(measure, "required") is { } required && Number(measure, "fully-allocated") is { } full ? new Measure(required, full) : throw new MachineException("qemu-img does not say how much disk is needed");
    }

    /// <param name="source">The node to read: -f FORMAT FILE, or a JSON description of a chain.</param>
    public async Task ConvertAsync(IReadOnlyList<string> source, IReadOnlyList<string> inputs, string target, string format, Measure measure, long virtualBytes, IProgress<double>? progress, CancellationToken stop)
    {
        string[] options = format == "qcow2" ? ["-o", "compat=1.1,cluster_size=64k,lazy_refcounts=off"] : [];
        var most = (format == "raw" ? measure.FullBytes : measure.RequiredBytes) + SlackBytes;
        var heard = progress is null ? null : new ToolProgress(progress);
        var end = await RunAsync(["convert", "-p", "-m", "4", "-O", format, .. options, .. source, Sandbox.Output], inputs, target, most, virtualBytes, heard, stop);
        if (end.Code != 0)
        {
            throw Failure("convert", end);
        }
    }

    /// <summary>The topmost layer of <paramref name="source"/> alone: what lies <paramref name="below"/> is below the target, too, until its header forgets it.</summary>
    public async Task ConvertLayerAsync(string source, string below, IReadOnlyList<string> inputs, string target, Measure measure, long virtualBytes, IProgress<double>? progress, CancellationToken stop)
    {
        var heard = progress is null ? null : new ToolProgress(progress);
        var end = await RunAsync(["convert", "-p", "-O", "qcow2", "-o", "compat=1.1,cluster_size=64k,lazy_refcounts=off", "-B", below, "-F", "qcow2", source, Sandbox.Output], inputs, target, measure.RequiredBytes + SlackBytes, virtualBytes, heard, stop);
        if (end.Code != 0)
        {
            throw Failure("convert", end);
        }

        end = await RunAsync(["rebase", "-u", "-f", "qcow2", "-b", "", Sandbox.Output], [], target, measure.RequiredBytes + SlackBytes, virtualBytes, null, stop);
        if (end.Code != 0)
        {
            throw Failure("rebase", end);
        }
    }

    /// <summary>The first <paramref name="length"/> bytes of what a guest sees, into a file that the sandbox may write.</summary>
    public async Task CopyHeadAsync(string qcow2, string target, int length, CancellationToken stop)
    {
        var end = await RunAsync(["dd", "-f", "qcow2", "-O", "raw", $"bs={length}", "count=1", $"if={Sandbox.Input(0)}", $"of={Sandbox.Output}"], [qcow2], target, SlackBytes, 0, null, stop);
        if (end.Code != 0)
        {
            throw Failure("dd", end);
        }
    }

    /// <summary>Keeps what the disk holds now within it (qemu-img(1), snapshot -c).</summary>
    public Task KeepAsync(string qcow2, string snapshot, long virtualBytes, CancellationToken stop) => ChangeAsync("snapshot", ["-c", snapshot, "--image-opts", Opened], qcow2, virtualBytes, stop);

    /// <summary>The disk holds again what it did when the snapshot was made.</summary>
    public Task GoBackAsync(string qcow2, string snapshot, long virtualBytes, CancellationToken stop) => ChangeAsync("snapshot", ["-a", snapshot, "--image-opts", Opened], qcow2, virtualBytes, stop);

    /// <summary>Forgets a snapshot; what only it held is free for what is written later.</summary>
    public Task ForgetAsync(string qcow2, string snapshot, long virtualBytes, CancellationToken stop) => ChangeAsync("snapshot", ["-d", snapshot, "--image-opts", Opened], qcow2, virtualBytes, stop);

    /// <summary>Makes the disk as large as that.</summary>
    public Task ResizeAsync(string qcow2, long virtualBytes, CancellationToken stop) => ChangeAsync("resize", ["-f", "qcow2", Sandbox.Output, virtualBytes.ToString(CultureInfo.InvariantCulture)], qcow2, virtualBytes, stop);

    /// <summary>Puts on disk what qemu-img wrote, which it leaves in memory.</summary>
    public static void Flush(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Its tables only: what they take of a disk that is written in full is a thousandth of it.</summary>
    private async Task ChangeAsync(string verb, IReadOnlyList<string> arguments, string qcow2, long virtualBytes, CancellationToken stop)
    {
        var end = await RunAsync([verb, .. arguments], [], qcow2, new FileInfo(qcow2).Length + (virtualBytes / 256) + SlackBytes, virtualBytes, null, stop);
        if (end.Code != 0)
        {
            throw Failure(verb, end);
        }
    }

    private async Task<JsonElement> AskAsync(IReadOnlyList<string> arguments, IReadOnlyList<string> inputs, long virtualBytes, CancellationToken stop)
    {
        var end = await RunAsync(arguments, inputs, null, 0, virtualBytes, null, stop);
        if (end.Code != 0)
        {
            throw Failure(arguments[0], end);
        }

        try
        {
            using var answer = JsonDocument.Parse(end.Output);
            return answer.RootElement.ValueKind == JsonValueKind.Object ? answer.RootElement.Clone() : throw new JsonException("not an object");
        }
        catch (JsonException e)
        {
            throw new MachineException($"qemu-img {arguments[0]} says of the file what cannot be read: it is damaged, or made to harm", e);
        }
    }

    private Task<SandboxEnd> RunAsync(IReadOnlyList<string> arguments, IReadOnlyList<string> inputs, string? output, long fileBytes, long virtualBytes, ToolProgress? heard, CancellationToken stop) =>
        File.Exists(Program)
            ? sandbox.RunAsync([Program, .. arguments], inputs, output, new SandboxLimits(MemoryBytes, fileBytes, Allowed(virtualBytes, writes: output is not null)), heard, stop)
            : throw new MachineException($"{Program} is not installed: run deploy/up, or install qemu-utils");

    /// <summary>Ten minutes, and one more for each GiB that is written: a slow disk does 17 MiB/s. What only reads tables has half an hour.</summary>
    private static TimeSpan Allowed(long virtualBytes, bool writes) => TimeSpan.FromMinutes(10 + (writes ? virtualBytes / GiB : Math.Min(virtualBytes / GiB, 20)));

    private static MachineException Failure(string verb, SandboxEnd end) => end switch
    {
        _ when end.Errors.Contains("No space left on device", StringComparison.Ordinal) => new ShortageException("the host's disk became full while the disk was written: delete files or images, or add disk"),
        { Code: Xcpu } => new MachineException("Reading the file took more of the processors than any disk should: it is damaged, or made to take long"),
        { Code: Xfsz } => new MachineException("The file has more in it than it said: it is damaged, or made to harm"),
        { Code: > 128 } => new MachineException($"qemu-img {verb} was ended by signal {end.Code - 128}, as where it wants more memory than {MemoryBytes >> 20} MiB: the file is damaged, or made to harm"),
        _ => new MachineException($"The disk cannot be read, qemu-img {verb} says: {PeerText.Tail(end.Errors.Trim())}"),
    };

    private static long? Number(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether some object within has the property.</summary>
    private static bool Contains(JsonElement element, string name, int depth) => depth < 8 && element.ValueKind == JsonValueKind.Object
        && element.EnumerateObject().Any(property => property.Name == name || Contains(property.Value, name, depth + 1));
}
