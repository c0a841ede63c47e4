using Experience.Web.Contracts;

if (args is ["contracts", "--out", var path])
{
    File.WriteAllText(path, ContractWriter.Write());
    return 0;
}

return 2;
