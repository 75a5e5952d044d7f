using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Guest;

/// <summary>Reads a guest's file through its agent (QEMU docs/interop/qemu-ga-ref, guest-file-open and -read). The guest is hostile: what it
/// gives is bounded and is nothing but bytes.</summary>
internal static class GuestFile
{
    /// <summary>In base64 it fits into a line of the agent.</summary>
    private const int Piece = 512 * 1024;

    /// <summary>Copies the file to <paramref name="target"/>, which must not be there.</summary>
    /// <exception cref="MachineException">It cannot be read, or has more than <paramref name="maxBytes"/>.</exception>
    public static async Task CopyAsync(GuestAgentClient agent, string path, string target, long maxBytes, CancellationToken stop)
    {
        var opened = await agent.CallAsync("guest-file-open", new JsonObject { ["path"] = path, ["mode"] = "r" }, stop);
        var handle = opened.ValueKind == JsonValueKind.Number && opened.TryGetInt64(out var number) ? number : throw new MachineException("The guest agent did not say which file it opened");
        try
        {
            await using var file = new FileStream(target, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            while (true)
            {
                var answer = await agent.CallAsync("guest-file-read", new JsonObject { ["handle"] = handle, ["count"] = Piece }, stop);
                if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("buf-b64", out var data) || data.ValueKind != JsonValueKind.String || !data.TryGetBytesFromBase64(out var bytes))
                {
                    throw new MachineException("The guest agent did not give the file's content");
                }

                if (bytes.Length == 0)
                {
                    return;
                }

                if (file.Length + bytes.Length > maxBytes)
                {
                    throw new MachineException($"The guest's file is larger than {maxBytes >> 20} MiB");
                }

                await file.WriteAsync(bytes, stop);
            }
        }
        finally
        {
            await agent.CallAsync("guest-file-close", new JsonObject { ["handle"] = handle }, CancellationToken.None);
        }
    }
}
