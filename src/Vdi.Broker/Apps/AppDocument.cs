using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;

namespace Vdi.Broker.Apps;

/// <summary>Everything of a published application that people edit.</summary>
/// <param name="Icon">A PNG in base64; null for none.</param>
internal sealed record AppDocument(
    string? Command,
    IReadOnlyList<string>? Arguments,
    string? Folder,
    string? Version,
    string? Category,
    IReadOnlyList<string>? FileTypes,
    IReadOnlyList<AppParameter>? Parameters,
    bool Open = true,
    bool Shared = false,
    IReadOnlyList<string>? Embed = null,
    string? Icon = null)
{
    public static AppDocument? Of(PublishedApp? app, IReadOnlyDictionary<string, byte[]> icons) => app is null ? null : new(
        app.Command,
        app.Arguments,
        app.Folder,
        app.Version,
        app.Category,
        app.FileTypes,
        app.Parameters,
        app.Open,
        app.Shared,
        app.Embed,
        app.Icon is { } hash && icons.TryGetValue(hash, out var png) ? Convert.ToBase64String(png) : null);

    /// <summary>Everything that is wrong with it.</summary>
    public void Check(Faults faults, string field, PoolKind kind)
    {
        Read(null).Check(faults, field, kind);
        if (Icon is { Length: > 0 } && (Png() is not { } png || !AppIcon.IsSane(png)))
        {
            faults.Add($"{field}.icon", "bad-icon", $"'{field}.icon' is a PNG in base64, of 8 to 512 pixels a side and at most {AppIcon.Largest / 1024} KiB.");
        }
    }

    public async Task<PublishedApp> ReadAsync(VdiDb db, CancellationToken stop) => Read(Png() is { } png ? await AppIcon.KeepAsync(png, db, stop) : null);

    private byte[]? Png()
    {
        var bytes = new byte[AppIcon.Largest + 3];
        return Icon is { Length: > 0 } && Convert.TryFromBase64String(Icon, bytes, out var length) ? bytes[..length] : null;
    }

    private PublishedApp Read(string? icon) => new()
    {
        Command = Command?.Trim() ?? "",
        Arguments = Arguments ?? [],
        Folder = Folder is "" ? null : Folder,
        Version = Version is "" ? null : Version?.Trim(),
        Category = Category is "" ? null : Category?.Trim(),
        FileTypes = FileTypes ?? [],
        Parameters = Parameters ?? [],
        Open = Open,
        Shared = Shared,
        Embed = Embed ?? [],
        Icon = icon,
    };
}
