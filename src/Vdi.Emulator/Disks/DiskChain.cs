using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Disks;

/// <summary>qcow2 overlays, and the explicit node tree that QEMU opens: formats and backing files are named here and never read
/// from a header that a guest's QEMU could have written.</summary>
public static class DiskChain
{
    private const string TopNode = "disk0";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Makes an empty overlay over <paramref name="backing"/>.</summary>
    public static Task CreateOverlayAsync(string path, string backing, string backingFormat, CancellationToken stop) =>
        RunAsync("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", "-b", backing, "-F", backingFormat, path], Deadline, stop);

    /// <summary>Makes an empty disk.</summary>
    public static Task CreateAsync(string path, long bytes, CancellationToken stop) => RunAsync("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", path, bytes.ToString(CultureInfo.InvariantCulture)], Deadline, stop);

    /// <summary>Makes a new overlay larger than what it lies over; one that shall be smaller is refused.</summary>
    internal static Task EnlargeAsync(string path, int sizeGiB, CancellationToken stop)
    {
        var (has, wanted) = (SizeOf(path), sizeGiB * (1L << 30));
        return wanted < has ? throw new MachineException($"A disk of {sizeGiB} GiB is smaller than the image's, which has {(has + (1L << 30) - 1) >> 30} GiB")
            : wanted == has ? Task.CompletedTask
            : RunAsync("/usr/bin/qemu-img", ["resize", "-q", "-f", "qcow2", path, wanted.ToString(CultureInfo.InvariantCulture)], Deadline, stop);
    }

    /// <summary>Makes the disk of a running fork larger than its template's, to which its overlay is equal at first: the guest that goes on from
    /// the template's memory is told of it as of any disk that grew.</summary>
    internal static async Task GrowAsync(QmpClient qmp, string template, int sizeGiB, CancellationToken stop)
    {
        var (has, wanted) = (SizeOf(template), sizeGiB * (1L << 30));
        if (wanted < has)
        {
            throw new MachineException($"A disk of {sizeGiB} GiB is smaller than the image's, which has {(has + (1L << 30) - 1) >> 30} GiB: give the pool a larger one, or none");
        }

        await qmp.CallAsync("block_resize", new JsonObject { ["node-name"] = TopNode, ["size"] = wanted }, stop);
    }

    /// <summary>Bytes that the guest sees of a qcow2 disk that no guest can write any more (QEMU docs/interop/qcow2, bytes 24 to 31).</summary>
    private static long SizeOf(string path)
    {
        Span<byte> head = stackalloc byte[32];
        using var file = File.OpenRead(path);
        file.ReadExactly(head);
        return (long)BinaryPrimitives.ReadUInt64BigEndian(head[24..]);
    }

    /// <summary>Why a disk that a guest's QEMU wrote is not to be opened, for people; null where nothing speaks against it. Looks at the
    /// header's beginning only (QEMU docs/interop/qcow2): "QFI" 0xFB, version 2 or 3, and no data file elsewhere, for whoever writes the
    /// header could name any file of the host as that.</summary>
    public static string? WhyNotOpened(string path)
    {
        const int ExternalDataFile = 1 << 2;
        try
        {
            Span<byte> head = stackalloc byte[80];
            using var file = File.OpenRead(path);
            file.ReadExactly(head);
            return BinaryPrimitives.ReadUInt32BigEndian(head) != 0x514649FB || BinaryPrimitives.ReadUInt32BigEndian(head[4..]) is not (2 or 3) ? "its disk's file is damaged"
                : head[7] == 3 && (BinaryPrimitives.ReadUInt64BigEndian(head[72..]) & ExternalDataFile) != 0 ? "its disk's file says that its content is in another file"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"its disk's file cannot be read: {e.Message}";
        }
    }

    /// <summary>Runs a tool to its end, or ends it: at the deadline, and when nobody waits any more.</summary>
    internal static async Task RunAsync(string program, string[] arguments, TimeSpan deadline, CancellationToken stop)
    {
        var name = Path.GetFileName(program);
        if (!File.Exists(program))
        {
            throw new MachineException($"{program} is not installed: run deploy/up, or install qemu-utils");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardInput = true })
            ?? throw new MachineException($"{name} did not start");
        try
        {
            process.StandardInput.Close();
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0)
            {
                throw new MachineException($"{name} {arguments[0]} failed: {PeerText.Tail(errors)}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill();

            // What it wrote is deleted next: it must not be writing any more.
            await process.WaitForExitAsync(CancellationToken.None);
            stop.ThrowIfCancellationRequested();
            throw new MachineException($"{name} {arguments[0]} did not end within {deadline.TotalSeconds:0.#} s: the disk is slow or hangs");
        }
    }

    /// <summary>The node tree for files from the topmost overlay down to the image; only the first is writable.</summary>
    public static JsonObject Node(params (string Path, string Format)[] topDown)
    {
        JsonObject? node = null;
        for (var i = topDown.Length - 1; i >= 0; i--)
        {
            var (path, format) = topDown[i];
            var next = new JsonObject
            {
                ["driver"] = format,
                ["read-only"] = i > 0,
                ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = path, ["read-only"] = i > 0 },
            };
            if (i == 0)
            {
                next["node-name"] = TopNode;
                next["discard"] = "unmap";
            }

            if (format == "qcow2")
            {
                next["backing"] = node;
            }

            node = next;
        }

        return node!;
    }
}
