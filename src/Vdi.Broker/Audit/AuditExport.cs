using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Audit;

/// <summary>Entries exactly as they are hashed, so that whoever has them can check them.</summary>
public static class AuditExport
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new InstantAsHashed() } };

    /// <summary>One line of JSON for each, chain after chain, each in its order.</summary>
    public static async Task WriteAsync(VdiDb db, IQueryable<AuditEntry> entries, Stream to, CancellationToken stop)
    {
        foreach (var broker in (await db.Audit.Select(entry => entry.Broker).Distinct().ToListAsync(stop)).Order(StringComparer.Ordinal))
        {
            await foreach (var entry in AuditVerifier.ChainAsync(entries, broker, stop))
            {
                await JsonSerializer.SerializeAsync(to, entry, Json, stop);
                await to.WriteAsync(NewLine, stop);
            }
        }
    }

    private sealed class InstantAsHashed : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(AuditHash.Instant(value));
    }
}
