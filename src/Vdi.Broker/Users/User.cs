using Microsoft.AspNetCore.Identity;
using Vdi.Broker.Api;

namespace Vdi.Broker.Users;

/// <summary>A person who signs in.</summary>
public sealed class User : IdentityUser<Guid>, IEdited
{
    public string DisplayName { get; set; } = "";

    /// <summary>Until a password of one's own is set, nothing else is allowed.</summary>
    public bool MustChangePassword { get; set; }

    /// <summary>While set, the person cannot sign in.</summary>
    public bool Disabled { get; set; }

    public List<string> Tags { get; set; } = [];

    /// <summary>In the recycle bin since.</summary>
    public DateTimeOffset? Deleted { get; set; }

    public long Version { get; set; }
}

public static class Roles
{
    /// <summary>Everything.</summary>
    public const string Administrator = "administrator";

    /// <summary>Pools, machines and sessions, but neither people nor policies.</summary>
    public const string Operator = "operator";

    /// <summary>Sees sessions, tells people things, ends and resets their desktops.</summary>
    public const string Helper = "helper";

    /// <summary>Reads everything and the audit, changes nothing.</summary>
    public const string Auditor = "auditor";

    /// <summary>Opens desktops.</summary>
    public const string User = "user";

    public static IReadOnlyList<string> All { get; } = [Administrator, Operator, Helper, Auditor, User];
}
