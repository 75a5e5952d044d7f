namespace Vdi.Broker.Api;

/// <summary>What several people may edit at a time: <see cref="Version"/> grows with each edit and is the ETag.</summary>
public interface IEdited
{
    long Version { get; set; }
}
