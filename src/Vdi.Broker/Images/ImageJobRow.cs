using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>Work on images that a host shall do, and what became of it. It is said to the host until it is over.</summary>
public sealed class ImageJobRow
{
    public const string Build = "build";
    public const string Import = "import";
    public const string Test = "test";
    public const string Export = "export";
    public const string Delete = "delete";
    public const string Publish = "publish";

    private static readonly Dictionary<Type, string> Kinds = typeof(ImageWork).GetCustomAttributes<JsonDerivedTypeAttribute>().ToDictionary(kind => kind.DerivedType, kind => (string)kind.TypeDiscriminator!);

    public Guid Id { get; set; }

    /// <summary>What is done, as the fleet protocol calls it: "import".</summary>
    public required string Kind { get; set; }

    /// <summary>What only one job at a time may be about: "edit 0a1b…", "test desktop 4c5d…".</summary>
    public required string Subject { get; set; }

    /// <summary>The image's name; the medium's where it becomes one.</summary>
    public string Image { get; set; } = "";

    /// <summary>The version that it is about; null where it is about none.</summary>
    public string? Version { get; set; }

    /// <summary>The editing machine that it is about; null where it is about none.</summary>
    public Guid? Edit { get; set; }

    /// <summary>The order as hosts get it, as JSON.</summary>
    public required string Work { get; set; }

    /// <summary>It shall be given up.</summary>
    public bool Cancelled { get; set; }

    /// <summary>Why it is given up where nobody asked for that, for people; null otherwise.</summary>
    public string? GivenUp { get; set; }

    public JobState State { get; set; }

    /// <summary>What it does or waits for; where it failed, why and what to do, for people.</summary>
    public string Step { get; set; } = "waits for the host";

    public double? Fraction { get; set; }

    /// <summary>The version that was made, or the hash of the medium.</summary>
    public string? Result { get; set; }

    public required string Who { get; set; }

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset? Started { get; set; }

    /// <summary>When it last came a step further.</summary>
    public DateTimeOffset Moved { get; set; }

    public DateTimeOffset? Ended { get; set; }

    /// <summary>The job for a piece of work, not yet begun.</summary>
    /// <param name="image">Of the edit, for work in an editing machine.</param>
    public static ImageJobRow Of(ImageWork work, string image, string who, DateTimeOffset now)
    {
        var kind = Kinds[work.GetType()];
        (string Subject, string? Version, Guid? Edit) about = work switch
        {
            BuildImage => ($"{kind} {image}", null, null),
            ImportImage import => (OfUpload(import.Upload), null, null),
            TestImage test => ($"{kind} {image} {test.Version}", test.Version, null),
            UpdateImage update => ($"{kind} {image} {update.Version}", update.Version, null),
            ExportImage export => ($"{kind} {image} {export.Version}", export.Version, null),
            DeleteImage delete => ($"{kind} {image} {delete.Version}", delete.Version, null),
            DeleteMedium medium => (OfMedium(medium.Hash), null, null),
            StartEdit start => (OfEdit(start.Machine), null, start.Machine),
            SaveCheckpoint save => (OfEdit(save.Machine), null, save.Machine),
            GoBack back => (OfEdit(back.Machine), null, back.Machine),
            DropCheckpoint drop => (OfEdit(drop.Machine), null, drop.Machine),
            PublishEdit publish => (OfEdit(publish.Machine), null, publish.Machine),
            _ => throw new InvalidOperationException($"No job is known for {kind}"),
        };
        return new ImageJobRow { Id = Guid.NewGuid(), Kind = kind, Subject = about.Subject, Image = image, Version = about.Version, Edit = about.Edit, Work = JsonSerializer.Serialize(work), Who = who, Created = now, Moved = now };
    }

    internal static string OfEdit(Guid machine) => $"edit {machine:D}";

    internal static string OfUpload(Guid upload) => $"upload {upload:D}";

    internal static string OfMedium(string hash) => $"medium {hash}";

    /// <summary>What the host is told.</summary>
    public ImageOrder ToOrder() => new(Id, ReadWork(), Cancelled);

    public ImageWork ReadWork() => JsonSerializer.Deserialize<ImageWork>(Work)!;
}
