using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Disks;

/// <summary>qcow2 overlays, and the explicit node tree that QEMU opens: formats and backing files are named here and never read
/// from a header that a guest's QEMU could have written.</summary>
public static class DiskChain
{
    /// <summary>Makes an empty overlay over <paramref name="backing"/>.</summary>
    public static async Task CreateOverlayAsync(string path, string backing, string backingFormat, CancellationToken stop)
    {
        var start = new ProcessStartInfo("/usr/bin/qemu-img") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["create", "-q", "-f", "qcow2", "-b", backing, "-F", backingFormat, path])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new MachineException("qemu-img did not start: install qemu-utils");
        var errors = await process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        if (process.ExitCode != 0)
        {
            throw new MachineException($"qemu-img could not make the overlay: {errors.Trim()}");
        }
    }

    /// <summary>Whether the file begins as a qcow2 file does (QEMU docs/interop/qcow2: "QFI" 0xFB, version 2 or 3). It says nothing of the rest.</summary>
    public static bool IsQcow2(string path)
    {
        try
        {
            Span<byte> head = stackalloc byte[8];
            using var file = File.OpenRead(path);
            file.ReadExactly(head);
            return BinaryPrimitives.ReadUInt32BigEndian(head) == 0x514649FB && head[7] is 2 or 3;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
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
                next["node-name"] = "disk0";
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
