using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>One version of a golden image, never changed once there: what its machines are made of, and the content of their files.</summary>
/// <param name="Folder">Where its description lies: images/NAME/VERSION.</param>
/// <param name="Version">Of its hardware and its files, so that the same content has the same version.</param>
/// <param name="Parent">The version that it was made from; null for one of nothing.</param>
/// <param name="Recipe">Hash of the recipe that it was built from; null for others.</param>
public sealed record Image(string Folder, string Name, string Version, DateTimeOffset Built, ImageHardware Hardware, ImageFiles Files, ImageOrigin Origin, string? Parent, string Author, string Notes, string? Recipe = null)
{
    internal const string FileName = "image.json";

    private const string CommandLine = "root=/dev/vda rw console=ttyS0 quiet";

    /// <summary>The machine that this image makes.</summary>
    [JsonIgnore]
    public MachineDefinition Machine => Define(Name, Version, Hardware, Files, PathOf);

    /// <summary>The machine that is made of this hardware and these files.</summary>
    /// <param name="files">Null for one whose disk is still to be said.</param>
    /// <param name="pathOf">Where the content with a hash is.</param>
    internal static MachineDefinition Define(string name, string version, ImageHardware hardware, ImageFiles? files, Func<string, string> pathOf) => new(
        name,
        version,
        hardware.MemoryMiB,
        hardware.Cpus,
        files is null ? "" : pathOf(files.Disk[0]),
        "qcow2",
        files is { Kernel: { } kernel, Initrd: { } initrd } ? new DirectKernel(pathOf(kernel), pathOf(initrd), CommandLine) : null,
        hardware.Agent)
    {
        Backing = [.. (files?.Disk ?? []).Skip(1).Select(pathOf)],
        Firmware = hardware.Firmware == Firmware.Kernel ? Firmware.Bios : hardware.Firmware,
        Drivers = hardware.Drivers,
        System = hardware.System,

        // Windows' driver for a second one was not run here.
        Heads = hardware.System == GuestSystem.Windows ? 1 : 2,
        HasTpm = hardware.Tpm,
        Variables = files?.Variables is { } variables ? pathOf(variables) : null,
        TpmState = files?.TpmState is { } state ? pathOf(state) : null,
    };

    /// <summary>The version that these files are.</summary>
    internal static string VersionOf(ImageHardware hardware, ImageFiles files) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { hardware, files })))[..16];

    private string PathOf(string hash) => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Folder))!, BlobStore.FolderName, hash);
}

/// <summary>The files of a version, by the SHA-256 of their content.</summary>
/// <param name="Disk">The layers of its disk, topmost first; all but the last hold only what differs from those below.</param>
/// <param name="Kernel">Of an image that starts without firmware.</param>
/// <param name="Variables">Of its UEFI; null for those that come with it.</param>
/// <param name="TpmState">What its TPM knows; null for a new one.</param>
public sealed record ImageFiles(IReadOnlyList<string> Disk, string? Kernel = null, string? Initrd = null, string? Variables = null, string? TpmState = null)
{
    [JsonIgnore]
    public IEnumerable<string> All => Disk.Concat(new[] { Kernel, Initrd, Variables, TpmState }.OfType<string>());
}

/// <summary>What was seen of a version when it was tested; kept beside it.</summary>
/// <param name="Packages">Its packages with their versions; null where its system has none that we know of.</param>
public sealed record ImageFindings(ImageTest Test, IReadOnlyDictionary<string, string>? Packages)
{
    internal const string FileName = "test.json";
}
