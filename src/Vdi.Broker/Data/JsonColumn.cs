using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Vdi.Broker.Data;

/// <summary>Values that are stored as JSON text, the same on every database.</summary>
internal static class JsonColumn
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <param name="absent">What rows have that an older broker wrote.</param>
    public static PropertyBuilder<T> HasJson<T>(this PropertyBuilder<T> property, T absent)
        where T : class
    {
        property.HasConversion(value => Write(value), text => Read<T>(text), Comparer<T>());
        return property.HasDefaultValue(absent);
    }

    /// <summary>The same for what may be missing, and is null then.</summary>
    public static PropertyBuilder<T?> HasJson<T>(this PropertyBuilder<T?> property)
        where T : class => property.HasConversion(value => Write(value), text => Read<T>(text), Comparer<T>());

    private static ValueComparer<T> Comparer<T>() => new((one, two) => Write(one) == Write(two), value => Write(value).GetHashCode(StringComparison.Ordinal), value => Read<T>(Write(value)));

    private static string Write<T>(T? value) => JsonSerializer.Serialize(value, Json);

    private static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Json)!;
}
