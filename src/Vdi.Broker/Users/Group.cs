using Vdi.Broker.Api;

namespace Vdi.Broker.Users;

/// <summary>People who are entitled together.</summary>
public sealed class Group : IEdited
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    public string Description { get; set; } = "";

    public List<string> Tags { get; set; } = [];

    public DateTimeOffset? Deleted { get; set; }

    public long Version { get; set; }
}

public sealed record GroupMember(Guid GroupId, Guid UserId);
