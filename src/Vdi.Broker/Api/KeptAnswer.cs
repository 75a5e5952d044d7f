namespace Vdi.Broker.Api;

/// <summary>The answer to a request that bore an Idempotency-Key: whoever sends it again gets the same.</summary>
public sealed class KeptAnswer
{
    public Guid UserId { get; set; }

    public required string Key { get; set; }

    /// <summary>SHA-256 of person, key, method, address and body: the same key for another request is a mistake.</summary>
    public required string Request { get; set; }

    /// <summary>Null while the first is at work.</summary>
    public int? Status { get; set; }

    /// <summary>Enciphered with the server's keys; empty where there is none.</summary>
    public string Body { get; set; } = "";

    public DateTimeOffset At { get; set; }
}
