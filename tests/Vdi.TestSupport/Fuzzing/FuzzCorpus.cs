using Vdi.Display.Recording;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.TestSupport.Fuzzing;

/// <summary>What fuzzers begin with: small inputs that have everything in them, as files under tests/Vdi.Fuzz/corpus. What a fuzzer found is put
/// beside them and stays there. The seeds are written from here with UPDATE_GOLDEN=1.</summary>
public static class FuzzCorpus
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Vdi.Fuzz", "corpus");

    /// <summary>Seeds by their path below the corpus.</summary>
    public static IReadOnlyDictionary<string, byte[]> Seeds()
    {
        var seeds = new Dictionary<string, byte[]>
        {
            ["dbus/session.bin"] = DBusScript.Session(),
            ["dbus/answers.bin"] = DBusScript.Answers(),
            ["rfb/session.bin"] = RfbScript.Session(),
            ["rfb/sizes.bin"] = [.. RfbScript.Start(1, 1), .. RfbScript.Update(2), .. RfbScript.Rectangle(0, 0, 1, 1, 0), 1, 2, 3, 0, .. RfbScript.Rectangle(0, 0, 8192, 2, -223), .. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, 3, 3, -223)],
            ["trace/short.bin"] = Trace(),
            ["disk/qcow2.bin"] = DiskSeeds.Qcow2(),
            ["disk/vmdk.bin"] = DiskSeeds.Vmdk(),
            ["disk/iso.bin"] = DiskSeeds.Iso(),
        };
        List<byte> batch = [];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "golden", "wire"), "*.hex").Order(StringComparer.Ordinal))
        {
            var bytes = Convert.FromHexString(string.Concat(File.ReadAllLines(file)));
            seeds[$"{(bytes[0] >= 0x80 ? "client" : "server")}/{Path.GetFileNameWithoutExtension(file)}.bin"] = bytes;

            // Hello and parts of the clipboard come by methods of their own.
            batch.AddRange(bytes[0] is > (byte)ClientMessageType.Hello and not (byte)ClientMessageType.Clipboard ? bytes : []);
        }

        seeds["client/batch.bin"] = [.. batch];
        return seeds;
    }

    /// <summary>The file of a seed; written first where that was asked for.</summary>
    public static byte[]? Freeze(string name, byte[] seed)
    {
        var path = Path.Combine(Folder, name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, seed);
        }

        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>All inputs of a target: seeds, and what was found.</summary>
    public static IReadOnlyList<string> Of(string target) => [.. Directory.EnumerateFiles(Path.Combine(Folder, target)).Order(StringComparer.Ordinal)];

    private static byte[] Trace()
    {
        using var file = new MemoryStream();
        using var trace = new TraceWriter(file, new StoppedClock());
        trace.Resize(8, 4);
        trace.Update(new Rectangle(0, 0, 8, 4), [.. Enumerable.Range(0, 8 * 4 * 4).Select(i => (byte)(i % 4 == 3 ? 255 : i))], 32);
        trace.Flush();
        trace.SetCursor(new Cursor(2, 1, 1, 0, new byte[8]));
        trace.Update(new Rectangle(7, 3, 1, 1), [9, 9, 9, 255], 4);
        trace.Flush();
        return file.ToArray();
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
