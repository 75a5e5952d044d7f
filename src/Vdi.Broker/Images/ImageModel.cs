using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;

namespace Vdi.Broker.Images;

/// <summary>How images' work is kept.</summary>
internal static class ImageModel
{
    public static void Build(ModelBuilder builder)
    {
        builder.Entity<ImageJobRow>(jobs =>
        {
            jobs.ToTable("ImageJobs");
            jobs.HasIndex(job => job.Subject).IsUnique().HasFilter("\"Ended\" IS NULL");
            jobs.HasIndex(job => job.Created);
            jobs.HasIndex(job => new { job.Image, job.Version });
        });
        builder.Entity<ImageEdit>(edits =>
        {
            edits.HasIndex(edit => edit.Image).IsUnique().HasFilter("\"Closed\" IS NULL");
            edits.HasIndex(edit => edit.Created);
            edits.Property(edit => edit.Hardware).HasJson();
            edits.Property(edit => edit.Media).HasJson([]);
            edits.Property(edit => edit.Checkpoints).HasJson([]);
            edits.Property(edit => edit.Openings).HasJson([]);
            edits.Property(edit => edit.Network).HasConversion(network => network.ToJson(), json => NetworkSettings.FromJson(json));
        });
        builder.Entity<ImagePolicy>(policies =>
        {
            policies.HasKey(policy => policy.Image);
            policies.Property(policy => policy.Image).HasMaxLength(64);
            policies.Property(policy => policy.Update).HasJson();
        });
    }
}
