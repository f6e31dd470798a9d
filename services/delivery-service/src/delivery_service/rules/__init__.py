"""Pure rules of delivery-service, one noun each."""
