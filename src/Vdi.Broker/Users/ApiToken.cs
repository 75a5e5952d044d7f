namespace Vdi.Broker.Users;

/// <summary>A personal token for programs. Only its SHA-256 is kept.</summary>
public sealed class ApiToken
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public required string Name { get; set; }

    public required string Hash { get; set; }

    /// <summary>What it may: names of <see cref="Scopes"/>.</summary>
    public List<string> Scopes { get; set; } = [];

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Expires { get; set; }

    public DateTimeOffset? LastUsed { get; set; }
}

/// <summary>What a token may do, at most what its owner may.</summary>
public static class Scopes
{
    public const string Read = "read";
    public const string Sessions = "sessions";
    public const string Write = "write";

    public static IReadOnlyList<string> All { get; } = [Read, Sessions, Write];
}
