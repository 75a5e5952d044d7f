using Microsoft.AspNetCore.Identity;

namespace Vdi.Broker.Users;

/// <summary>A person who signs in.</summary>
public sealed class User : IdentityUser<Guid>
{
    public string DisplayName { get; set; } = "";

    /// <summary>Until a password of one's own is set, nothing else is allowed.</summary>
    public bool MustChangePassword { get; set; }
}

public static class Roles
{
    public const string Administrator = "administrator";
    public const string User = "user";
}
