using Vdi.Broker.Api;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>How images are called, and what files are by their names.</summary>
internal static class ImageNames
{
    private const int Most = 40;

    /// <summary>What stands in addresses beside the names of images.</summary>
    private static readonly HashSet<string> Reserved = ["uploads", "imports", "jobs", "edits", "media", "recipes"];

    /// <summary>Lower-case letters, digits and hyphens, as recipes and pools are called.</summary>
    public static void DemandImage(this Faults faults, string field, string? name)
    {
        if (name is not { Length: > 0 and <= Most } || !name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-') || name[0] == '-')
        {
            faults.Add(field, "bad-image-name", $"'{field}' is lower-case letters, digits and hyphens, begins with no hyphen and has at most {Most} of them.");
        }
        else if (Reserved.Contains(name))
        {
            faults.Add(field, "name-taken", $"'{name}' is no name for an image, for it is an address of its own: choose another one.", ("name", name));
        }
    }

    /// <summary>What a file is, by the ending of its name; null where it does not tell.</summary>
    public static MediumFormat? FormatOf(string fileName) => Path.GetExtension(fileName).ToLowerInvariant() switch
    {
        ".qcow2" => MediumFormat.Qcow2,
        ".img" or ".raw" => MediumFormat.Raw,
        ".vmdk" => MediumFormat.Vmdk,
        ".vhdx" => MediumFormat.Vhdx,
        ".iso" => MediumFormat.Iso,
        _ => null,
    };
}
