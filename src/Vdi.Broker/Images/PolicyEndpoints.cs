using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;

namespace Vdi.Broker.Images;

/// <summary>An image's policy as people edit it: all of it is replaced.</summary>
/// <param name="Keep">Versions that are kept beside those that something uses; null for all.</param>
/// <param name="CheckScript">What new versions are tested with beside their start; null for nothing.</param>
/// <param name="Update">When the image is updated; null for never.</param>
internal sealed record PolicyDocument(int? Keep = null, string? CheckScript = null, UpdateWindow? Update = null)
{
    public const int MaxKeep = 1000;
    public const int MaxScriptBytes = 64 * 1024;

    public static PolicyDocument Of(ImagePolicy? policy) => policy is null ? new() : new(policy.Keep, policy.CheckScript, policy.Update);

    /// <summary>Everything that is wrong with it.</summary>
    public Faults Check()
    {
        var faults = new Faults();
        faults.DemandRange("keep", Keep, 0, MaxKeep);
        if (CheckScript is { } script)
        {
            var bytes = System.Text.Encoding.UTF8.GetByteCount(script);
            if (bytes > MaxScriptBytes)
            {
                faults.Add("checkScript", "too-long", $"'checkScript' has {bytes} bytes; {MaxScriptBytes} are the most.", ("length", bytes), ("most", MaxScriptBytes));
            }
            else if (script.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
            {
                faults.Add("checkScript", "control-characters", "'checkScript' contains control characters: remove them.");
            }
        }

        Update?.Check(faults, "update");
        return faults;
    }
}

/// <summary>What becomes of an image's versions by themselves.</summary>
internal static class PolicyEndpoints
{
    /// <summary>A script of 64 KiB, as JSON writes it.</summary>
    private const int MaxBytes = 512 * 1024;

    public static void Map(RouteGroupBuilder images)
    {
        images.MapGet("/{name}/policy", GetAsync).RequireAuthorization(Can.Read).WithSummary("How the image's versions are checked, updated and kept");
        images.MapPut("/{name}/policy", PutAsync).RequireAuthorization(Can.Administer).WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).WithSummary("Replaces the image's policy");
    }

    private static async Task<Ok<PolicyDocument>> GetAsync(string name, HttpContext context, VdiDb db, CancellationToken stop)
    {
        var policy = await db.ImagePolicies.AsNoTracking().FirstOrDefaultAsync(policy => policy.Image == name, stop);
        return TypedResults.Ok(context.Tagged(policy ?? new ImagePolicy { Image = name }, PolicyDocument.Of(policy)));
    }

    private static async Task<Results<Ok<PolicyDocument>, ProblemHttpResult>> PutAsync(string name, PolicyDocument request, HttpContext context, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        var policy = await db.ImagePolicies.FirstOrDefaultAsync(policy => policy.Image == name, stop);
        var before = PolicyDocument.Of(policy);
        if (context.WhyNot(policy ?? new ImagePolicy { Image = name }, before) is { } refusal)
        {
            return refusal;
        }

        var faults = request.Check();
        if (policy is null)
        {
            faults.DemandImage("name", name);
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        if (policy is null)
        {
            db.ImagePolicies.Add(policy = new ImagePolicy { Image = name, Version = 1 });
        }

        (policy.Keep, policy.CheckScript, policy.Update) = (request.Keep, string.IsNullOrWhiteSpace(request.CheckScript) ? null : request.CheckScript, request.Update);
        audit.Note("image.policy", $"image/{name}", before, PolicyDocument.Of(policy));
        try
        {
            if (await db.TrySaveAsync(stop))
            {
                fleet.Wake();
                return TypedResults.Ok(context.Tagged(policy, PolicyDocument.Of(policy)));
            }
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation())
        {
            // Somebody else made the first one at this moment.
            db.ChangeTracker.Clear();
        }

        return Edits.Stale(PolicyDocument.Of(await db.ImagePolicies.AsNoTracking().FirstOrDefaultAsync(policy => policy.Image == name, stop)));
    }
}
