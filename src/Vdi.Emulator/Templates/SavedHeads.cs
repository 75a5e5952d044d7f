using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Templates;

/// <summary>The second head in a saved state. QEMU asks a wrong byte whether a head but the first has six more words (hw/display/virtio-gpu.c,
/// scanout_vmstate_after_v2): the lowest of an address in its heap. Saving, it leaves them out one time in sixteen; loading, it passes over them as often, and ends.
/// So what was left out is put in again, and a QEMU that ended so is followed by another. See docs/adr/0003-two-heads.md.</summary>
internal static class SavedHeads
{
    /// <summary>Sixteen to this power is how seldom no QEMU reads what is right.</summary>
    public const int MaxTries = 8;
    private const byte Full = 4;
    private const byte Description = 6;
    private const byte Footer = 0x7e;
    private const int FooterLength = 5;

    /// <summary>Words of one head in a state, and those that may be left out, in bytes.</summary>
    private const int Always = 40;
    private const int AfterVersion2 = 24;

    /// <summary>The devices behind the screen, and the description of all.</summary>
    private const int MaxTail = 16 << 20;

    /// <summary>Whether the QEMU in this folder ended because of it.</summary>
    public static bool WasMisread(string folder) =>
        QemuStart.LastWords(folder) is { } words && words.Contains("Missing section footer for", StringComparison.Ordinal) && words.Contains("/virtio-gpu", StringComparison.Ordinal);

    /// <summary>Makes the state in this file whole.</summary>
    /// <returns>Whether something was missing.</returns>
    /// <exception cref="MachineException">It is not as QEMU writes it.</exception>
    public static async Task<bool> MendAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous });
        return await MendAsync(file, stop);
    }

    internal static async Task<bool> MendAsync(Stream file, CancellationToken stop)
    {
        var (devices, end) = await DescribeAsync(file, stop);
        using (devices)
        {
            // From the last device to the screen: what comes before is the memory, of which the guest decides what is in it.
            foreach (var device in devices.RootElement.GetProperty("devices").EnumerateArray().Reverse())
            {
                var name = device.GetProperty("name").GetString()!;
                var begin = end - FooterLength - SizeOf(device);
                await DemandSectionAsync(file, begin, end, name, stop);
                if (name.EndsWith("/virtio-gpu", StringComparison.Ordinal))
                {
                    var heads = begin + SizeOf(device.GetProperty("fields")[0]);
                    return await MendAsync(file, await PassPicturesAsync(file, heads, end, stop), end - FooterLength, stop);
                }

                end = begin - HeaderLength(name);
            }
        }

        return false;
    }

    /// <summary>The words of all heads lie from <paramref name="at"/> to <paramref name="end"/>.</summary>
    private static async Task<bool> MendAsync(Stream file, long at, long end, CancellationToken stop)
    {
        var heads = BinaryPrimitives.ReadUInt32BigEndian((await ReadAsync(file, at, 8, stop)).AsSpan(4));
        var whole = 8 + (heads * (Always + AfterVersion2));
        if (end - at == whole)
        {
            return false;
        }

        Demand(heads == 2 && end - at == whole - AfterVersion2, "the words of the heads are of another length");
        var rest = await ReadAsync(file, end, (int)(file.Length - end), stop);

        // Zeros: where the head is on, it shows the whole of its picture until the guest sets it anew.
        file.Position = end;
        await file.WriteAsync(new byte[AfterVersion2], stop);
        await file.WriteAsync(rest, stop);
        await file.FlushAsync(stop);
        return true;
    }

    /// <summary>What is said at the end of a state about its devices (QEMU docs/devel/migration, scripts/analyze-migration.py), and where the last one ends.</summary>
    private static async Task<(JsonDocument Devices, long End)> DescribeAsync(Stream file, CancellationToken stop)
    {
        var tail = await ReadAsync(file, file.Length - Math.Min(MaxTail, file.Length), (int)Math.Min(MaxTail, file.Length), stop);
        for (var at = tail.Length - 6; at > 0; at--)
        {
            if (tail[at] == Description && tail[at - 1] == 0 && BinaryPrimitives.ReadUInt32BigEndian(tail.AsSpan(at + 1)) == tail.Length - at - 5)
            {
                try
                {
                    return (JsonDocument.Parse(tail.AsMemory(at + 5)), file.Length - tail.Length + at - 1);
                }
                catch (JsonException e)
                {
                    throw new MachineException($"The state that QEMU {QemuBinary.Version} writes is not understood: {e.Message}", e);
                }
            }
        }

        throw new MachineException($"The state that QEMU {QemuBinary.Version} writes is not understood: it does not say what is in it");
    }

    private static async Task DemandSectionAsync(Stream file, long begin, long end, string name, CancellationToken stop)
    {
        var header = HeaderLength(name);
        Demand(begin >= header, "it is shorter than it says");
        var head = await ReadAsync(file, begin - header, header, stop);
        var foot = await ReadAsync(file, end - FooterLength, FooterLength, stop);
        Demand(
            head[0] == Full && Encoding.UTF8.GetString(head, 6, head[5]) == name && foot[0] == Footer && head.AsSpan(1, 4).SequenceEqual(foot.AsSpan(1)),
            $"device {name} is not where it should be");
    }

    /// <summary>A section's kind, number, name with its length, instance and version.</summary>
    private static int HeaderLength(string name) => 1 + 4 + 1 + Encoding.UTF8.GetByteCount(name) + 4 + 4;

    /// <summary>Bytes of a device, of a field, or of a subsection's content.</summary>
    private static long SizeOf(JsonElement part)
    {
        if (part.TryGetProperty("size", out var size))
        {
            return size.GetInt64() * (part.TryGetProperty("array_len", out var count) ? count.GetInt64() : 1);
        }

        var fields = part.TryGetProperty("fields", out var all) ? all.EnumerateArray().Sum(SizeOf) : 0;
        var more = part.TryGetProperty("subsections", out var others) ? others.EnumerateArray().Sum(other => 2 + Encoding.UTF8.GetByteCount(other.GetProperty("vmsd_name").GetString()!) + 4 + SizeOf(other)) : 0;
        return fields + more;
    }

    /// <summary>Past the pictures that the guest has made: number, width, height, format, count of pieces, the pieces, four bytes a pixel.</summary>
    private static async Task<long> PassPicturesAsync(Stream file, long at, long end, CancellationToken stop)
    {
        while (true)
        {
            Demand(at + 20 <= end, "its pictures do not end");
            var head = await ReadAsync(file, at, 20, stop);
            if (BinaryPrimitives.ReadUInt32BigEndian(head) == 0)
            {
                return at + 4;
            }

            uint Word(int index) => BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(index * 4));
            at += 20 + (12L * Word(4)) + (4L * Word(1) * Word(2));
        }
    }

    private static async Task<byte[]> ReadAsync(Stream file, long at, int length, CancellationToken stop)
    {
        Demand(at >= 0 && length is >= 0 and <= MaxTail && at + length <= file.Length, "it is shorter than it says");
        file.Position = at;
        var bytes = new byte[length];
        await file.ReadExactlyAsync(bytes, stop);
        return bytes;
    }

    private static void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new MachineException($"The state that QEMU {QemuBinary.Version} writes is not understood: {otherwise}");
        }
    }
}
