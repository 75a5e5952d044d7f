using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Vdi.Protocol.Qmp;

/// <summary>One line from QEMU's monitor: greeting, reply, error or event.
/// Source: QEMU docs/interop/qmp-spec. The same framing serves the guest agent.</summary>
public sealed record QmpMessage(QmpMessageKind Kind, long? Id, string? Name, string? Text, JsonElement Data)
{
    /// <summary>Longest line taken from a peer, in bytes.</summary>
    public const int MaxLine = 16 * 1024 * 1024;

    public static QmpMessage Read(ReadOnlySpan<byte> line)
    {
        JsonElement root;
        try
        {
            DemandText(line);
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 64 });
            root = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException e)
        {
            throw new ProtocolException("qmp: a line is not JSON", e);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ProtocolException("qmp: a line is not an object");
        }

        long? id = root.TryGetProperty("id", out var idElement) && idElement.ValueKind == JsonValueKind.Number && idElement.TryGetInt64(out var number) ? number : null;
        if (root.TryGetProperty("return", out var data))
        {
            return new(QmpMessageKind.Return, id, null, null, data);
        }

        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            return new(QmpMessageKind.Error, id, String(error, "class"), String(error, "desc"), error);
        }

        if (String(root, "event") is { } name)
        {
            return new(QmpMessageKind.Event, id, name, null, root.TryGetProperty("data", out var eventData) ? eventData : default);
        }

        return root.TryGetProperty("QMP", out var greeting)
            ? new(QmpMessageKind.Greeting, id, null, null, greeting)
            : throw new ProtocolException("qmp: a line is neither reply nor event");
    }

    public static byte[] Command(string name, JsonObject? arguments, long id)
    {
        var command = new JsonObject { ["execute"] = name };
        if (arguments is not null)
        {
            command["arguments"] = arguments;
        }

        command["id"] = id;
        return [.. JsonSerializer.SerializeToUtf8Bytes(command), (byte)'\n'];
    }

    /// <summary>Every string in a line is text. The reader finds out only when somebody asks for the string, far from here, and then
    /// throws what nobody expects of an answer that was read already.</summary>
    private static void DemandText(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
        {
            throw new ProtocolException("qmp: a line is not UTF-8");
        }

        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                try
                {
                    _ = reader.GetString();
                }
                catch (InvalidOperationException e)
                {
                    throw new ProtocolException("qmp: half a surrogate pair is no text", e);
                }
            }
        }
    }

    private static string? String(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

public enum QmpMessageKind
{
    Greeting,
    Return,
    Error,
    Event,
}
