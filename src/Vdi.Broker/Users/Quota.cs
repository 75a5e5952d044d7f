namespace Vdi.Broker.Users;

public enum PrincipalKind
{
    Role,
    Group,
    User,
}

/// <summary>What somebody, or each member of a group or role, may have at a time. Of several that hold for one person the most generous of each kind of
/// principal counts, and the person's own goes before the groups', the groups' before the roles'.</summary>
/// <param name="Principal">Name of a role, else the id of a group or user.</param>
public sealed record Quota(PrincipalKind Kind, string Principal)
{
    public int? Sessions { get; set; }

    public int? MemoryMiB { get; set; }
}
