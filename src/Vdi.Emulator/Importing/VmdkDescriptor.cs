using System.Globalization;
using System.Text;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>The description that is embedded in a VMDK (VMware, Virtual Disk Format 5.0, "The Descriptor File"): lines of KEY=VALUE, and for each
/// extent a line ACCESS SECTORS TYPE "FILE".</summary>
internal static class VmdkDescriptor
{
    private const string Alone = "export it as one file (streamOptimized, as in an OVA), then upload that";

    /// <param name="capacity">Sectors, as the header has them.</param>
    public static void Demand(byte[] bytes, ulong capacity)
    {
        var end = bytes.AsSpan().IndexOf((byte)0);
        var lines = Encoding.Latin1.GetString(bytes, 0, end < 0 ? bytes.Length : end).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines is not [var first, ..] || !first.StartsWith("# Disk DescriptorFile", StringComparison.OrdinalIgnoreCase))
        {
            throw DiskHeader.Absurd("VMDK", "no description");
        }

        List<string> extents = [];
        string? type = null;
        foreach (var line in lines)
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words[0] is "RW" or "RDONLY" or "NOACCESS")
            {
                extents.Add(line);
                continue;
            }

            if (line[0] != '#' && line.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, var value])
            {
                type = Demand(key, value.Trim('"')) ?? type;
            }
        }

        if (type is not ("monolithicSparse" or "streamOptimized"))
        {
            throw new MachineException($"The disk is a VMDK of the kind '{PeerText.Head(type ?? "")}': {Alone}");
        }

        if (extents is not [var only])
        {
            throw new MachineException($"The disk is a VMDK of {extents.Count} files: {Alone}");
        }

        var parts = only.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 4 || parts[2] != "SPARSE" || !ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sectors) || sectors != capacity)
        {
            throw DiskHeader.Absurd("VMDK", $"a description of another size or kind ('{PeerText.Head(only)}')");
        }
    }

    /// <summary>The value of createType where that is the key.</summary>
    private static string? Demand(string key, string value) => key.ToUpperInvariant() switch
    {
        "PARENTCID" when !value.Equals("ffffffff", StringComparison.OrdinalIgnoreCase) => throw Changes(""),
        "PARENTFILENAMEHINT" => throw Changes($" '{PeerText.Head(value)}'"),
        var name when name.StartsWith("ENCRYPTION", StringComparison.Ordinal) => throw new MachineException("The disk is encrypted: decrypt it where it comes from, and export it again"),
        "CREATETYPE" => value,
        _ => null,
    };

    private static MachineException Changes(string of) => new($"The disk is only what was changed over another one{of}, of a snapshot or a linked clone: {Alone}");
}
