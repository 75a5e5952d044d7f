namespace Vdi.Protocol.Fleet;

/// <summary>An image version that a host has.</summary>
/// <param name="Version">Hash of its content, or another name that is never given twice.</param>
/// <param name="MemoryMiB">What a machine of it has where its pool says nothing else; null where that is not known.</param>
/// <param name="Details">Null where the host keeps no images of its own: it has been tried, then.</param>
public sealed record HostImage(string Name, string Version, DateTimeOffset Built, int? MemoryMiB = null, ImageDetails? Details = null)
{
    /// <summary>Whether pools may have it.</summary>
    public bool IsOffered => Details is not { Test: not { Passed: true } };
}

/// <summary>Where a version came from.</summary>
public enum ImageOrigin
{
    Recipe,
    Import,
    Edit,
    Update,
}

/// <summary>What else there is to say of a version.</summary>
/// <param name="Parent">The version that it was made from; null for one of nothing. It may be deleted by now.</param>
/// <param name="Recipe">Hash of the recipe that it was built from; null for others.</param>
/// <param name="Bytes">Disk that its files take.</param>
/// <param name="OwnBytes">Of that, what no other version here has.</param>
/// <param name="Test">Null until it was tested.</param>
/// <param name="Changes">Its packages compared with those of its parent; null where they are not known of both.</param>
public sealed record ImageDetails(ImageHardware Hardware, ImageOrigin Origin, string? Parent, string Author, string Notes, long Bytes, long OwnBytes, ImageTest? Test, string? Recipe = null, IReadOnlyList<PackageChange>? Changes = null);

/// <summary>What came out when a version was tested.</summary>
public sealed record ImageTest(bool Passed, DateTimeOffset At, IReadOnlyList<ImageTestStep> Steps);

/// <summary>One thing that was tested.</summary>
/// <param name="Name">boots, agent, painted, forks or script.</param>
/// <param name="Passed">Null where it was not come to, or does not apply.</param>
/// <param name="Words">What was seen, for people; hostile text of a guest, cut short.</param>
public sealed record ImageTestStep(string Name, bool? Passed, double? Seconds, string? Words)
{
    public const string Boots = "boots";
    public const string Agent = "agent";
    public const string Painted = "painted";
    public const string Forks = "forks";
    public const string Script = "script";
}

/// <summary>One package in two versions of an image; null where it is not in one of them.</summary>
public sealed record PackageChange(string Name, string? Before, string? After);

/// <summary>A recipe that a host can build images from; <paramref name="Hash"/> changes with anything in it.</summary>
public sealed record HostRecipe(string Name, string Hash);

/// <summary>An installer, or drivers, that editing machines can have in their drive.</summary>
/// <param name="Hash">SHA-256 of its content, by which it is known.</param>
public sealed record HostMedium(string Hash, string Name, long Bytes, DateTimeOffset Added);

/// <summary>A file that is on its way to a host.</summary>
/// <param name="Received">Bytes that are on the host's disk.</param>
public sealed record HostUpload(Guid Id, long Received, long Bytes);
