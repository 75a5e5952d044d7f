using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>How an image's newer version is made.</summary>
internal static class ImageUpdates
{
    /// <summary>Whether the version is of a recipe that the host has: then it is built anew.</summary>
    public static bool IsOfRecipe(HostImage version, HostWorkshop workshop) => version.Details?.Origin == ImageOrigin.Recipe && workshop.Recipes.Any(recipe => recipe.Name == version.Name);

    /// <summary>Why its system cannot be updated from outside, for people; null where it can.</summary>
    public static string? WhyNot(HostImage version) => version.Details?.Hardware switch
    {
        null => "the host knows too little of it",
        { System: not GuestSystem.Linux } => "its system is not Linux",
        { Agent: false } => "QEMU's guest agent does not run in it",
        _ => null,
    };

    /// <summary>The system's own updates, fetched from where it has them from.</summary>
    public static UpdateImage Of(HostImage version, string author, string notes) =>
        new(version.Name, version.Version, author, notes, new PoolNetwork($"update-{version.Name}", NetworkMode.Internet, [], [], null));
}
