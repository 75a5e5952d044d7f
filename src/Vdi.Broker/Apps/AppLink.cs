namespace Vdi.Broker.Apps;

/// <summary>Lets whoever has its secret open one application without signing in: in a kiosk, in a class, as a visitor. Only the SHA-256 of the secret is kept.</summary>
public sealed class AppLink
{
    public Guid Id { get; set; }

    public required string PoolId { get; set; }

    /// <summary>What it is for, for administrators.</summary>
    public required string Name { get; set; }

    public required string Hash { get; set; }

    public DateTimeOffset Created { get; set; }

    public required string CreatedBy { get; set; }

    public DateTimeOffset Expires { get; set; }

    /// <summary>How often it was used.</summary>
    public int Uses { get; set; }

    /// <summary>How often it may be; null for as often as one likes.</summary>
    public int? MaxUses { get; set; }

    public DateTimeOffset? Revoked { get; set; }

    /// <summary>Whether what is copied may go between the visitor and the machine, as far as the pool allows it.</summary>
    public bool Clipboard { get; set; }

    /// <summary>The same for files.</summary>
    public bool Files { get; set; }

    /// <summary>How long a session may be; null for as long as the pool allows.</summary>
    public int? Minutes { get; set; }

    /// <summary>What it says to the application, whoever uses it.</summary>
    public Dictionary<string, string> Arguments { get; set; } = [];

    /// <summary>Why it is of no use now: a code for programs and translation; null where it is good.</summary>
    internal string? WhyNot(DateTimeOffset now) => Revoked is not null ? "link-revoked" : Expires <= now ? "link-expired" : Uses >= MaxUses ? "link-used-up" : null;
}
